#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <string>

#include "gateway/base/result.hpp"

namespace millrace::admin {

// Where a gateway can be told things: state_dir/admin.sock. An address of a socket has room for 107 bytes, so the
// folder is named by an open descriptor, however long its path is.
// Thread: any, one at a time.
class ControlAddress {
  public:
    // The error is that the folder cannot be opened.
    static Result<ControlAddress> in(const std::string& state_dir);

    ControlAddress(ControlAddress&& other) noexcept;
    ControlAddress& operator=(ControlAddress&&) = delete;
    ~ControlAddress();

    // To bind or connect to, while this lives.
    boost::asio::local::stream_protocol::endpoint endpoint() const { return {path()}; }
    std::string path() const;

    // For messages.
    const std::string& name() const { return name_; }

    // Nothing, if nobody but root and the user of this process can put another file in its place.
    Result<void> check_folder() const;

  private:
    ControlAddress(int folder, std::string name) : folder_(folder), name_(std::move(name)) {}

    int folder_;
    std::string name_;
};

}  // namespace millrace::admin
