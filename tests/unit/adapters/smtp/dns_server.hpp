#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace millrace::smtp {

// A server of the DNS on a port of its own, which knows what it is told before it starts. Everything else: NXDOMAIN.
class DnsServer {
  public:
    static constexpr int kA = 1, kPtr = 12, kAaaa = 28;
    static constexpr int kServerFailure = 2;

    ~DnsServer();

    // What it answers to a question for `name`: records of this type, each with such data.
    void add(const std::string& name, int type, const std::string& data) { records_[name].emplace_back(type, data); }
    void fail(const std::string& name) { failures_[name] = kServerFailure; }
    void ignore(const std::string& name) { failures_[name] = kSilence; }
    boost::asio::ip::udp::endpoint start();

    // As it is in a record.
    static std::string encoded(std::string_view name);

  private:
    static constexpr int kSilence = -1;

    void run();
    std::string answer(std::string_view question) const;

    boost::asio::io_context context_;
    boost::asio::ip::udp::socket socket_{context_};
    std::map<std::string, std::vector<std::pair<int, std::string>>> records_;
    std::map<std::string, int> failures_;
    std::thread thread_;
};

}  // namespace millrace::smtp
