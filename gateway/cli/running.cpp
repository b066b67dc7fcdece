#include "gateway/cli/running.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "gateway/admin/control_address.hpp"

namespace millrace::cli {

Result<Running> Running::ask(const std::string& state_dir, const boost::json::object& request) {
    const auto address = admin::ControlAddress::in(state_dir);
    if (!address) return Error{"no gateway runs with this configuration: " + address.error().text};
    boost::asio::local::stream_protocol::iostream stream;
    stream.connect(address.value().endpoint());
    if (!stream) {
        return Error{fmt::format("no gateway that you may ask runs with this configuration: {}: {}",
                                 address.value().name(), stream.error().message())};
    }
    stream << boost::json::serialize(request) << '\n' << std::flush;
    return Running(std::move(stream));
}

Result<std::string> Running::next() {
    constexpr std::string_view kError = "{\"error\":";
    std::string line;
    if (!std::getline(stream_, line)) return Error{"the gateway has gone"};
    if (!line.starts_with(kError)) return line;
    return Error{std::string(boost::json::parse(line).at("error").as_string())};
}

}  // namespace millrace::cli
