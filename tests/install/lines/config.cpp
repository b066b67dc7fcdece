#include "config.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace lines {
namespace {

// "127.0.0.1:7000"
bool read_address(const std::string& text, sockaddr_in& address) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return false;
    std::uint16_t port = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    return error == std::errc() && stop == end &&
           ::inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) == 1;
}

}  // namespace

Settings::Settings(const millrace::Config& config) {
    millrace::read(config, *this);
    if (!listen.empty() && !read_address(listen, address))
        config.error("listen", "`" + listen + "` is no address like 127.0.0.1:7000");
}

}  // namespace lines
