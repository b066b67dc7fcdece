#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "gateway/base/result.hpp"

// The gateway that runs, asked over its admin.sock. Thread: main.
namespace millrace::cli {

class Running {
  public:
    // Connects and asks. The error is that nobody answers there.
    static Result<Running> ask(const std::string& state_dir, const boost::json::object& request);

    // Waits for the next line of the answer. The error is what the gateway says of the request, or that it is gone.
    Result<std::string> next();

    // Whether it ended without a word.
    bool is_gone() const { return stream_.eof(); }

  private:
    explicit Running(boost::asio::local::stream_protocol::iostream stream) : stream_(std::move(stream)) {}

    boost::asio::local::stream_protocol::iostream stream_;
};

}  // namespace millrace::cli
