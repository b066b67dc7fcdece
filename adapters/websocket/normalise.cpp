#include "adapters/websocket/normalise.hpp"

#include "adapters/common/percent.hpp"
#include "adapters/common/utf8.hpp"
#include "millrace/v1/command.pb.h"
#include "millrace/v1/message.pb.h"

namespace millrace::websocket {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// U+0000 to U+001F, U+007F to U+009F.
bool is_control(std::string_view character) {
    const auto first = static_cast<unsigned char>(character[0]);
    return first < 0x20 || first == 0x7F || (first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0);
}

// Each control character, and each byte that is part of no character, becomes U+FFFD.
std::string as_name(std::string_view bytes) {
    std::string result;
    for (std::size_t i = 0; i < bytes.size();) {
        std::size_t size = 1;
        while (size <= 4 && i + size <= bytes.size() && !is_utf8(bytes.substr(i, size))) ++size;
        const bool is_character = size <= 4 && i + size <= bytes.size();
        const bool may_stay = is_character && !is_control(bytes.substr(i, size));
        result.append(may_stay ? bytes.substr(i, size) : kReplacement);
        i += is_character ? size : 1;
    }
    return result;
}

void set_address(v1::WebSocket::Address& to, const Address& from) {
    to.set_host(from.host);
    to.set_port(from.port);
}

}  // namespace

Opening normalise(const Request& request, const Address& client, const Address& server, std::string_view listener,
                  const Channel& channel) {
    const std::string_view target = request.target;
    const std::size_t mark = target.find('?');
    const std::string_view raw_path = target.substr(0, mark);
    const std::string_view query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    const std::string path = as_name(percent_decoded(raw_path));

    v1::ChannelMessage message;
    v1::WebSocket& body = *message.mutable_websocket();
    body.set_scheme(std::string(channel.scheme));
    body.set_http_version("1.1");
    body.set_path(path);
    body.set_raw_path(std::string(raw_path));
    body.set_query_string(std::string(query));
    for (const auto& [name, value] : request.headers) {
        v1::WebSocket::Header& header = *body.add_headers();
        header.set_name(name);
        header.set_value(value);
    }
    set_address(*body.mutable_client(), client);
    set_address(*body.mutable_server(), server);
    std::string subprotocols;
    for (const std::string& name : request.subprotocols) {
        body.add_subprotocols(name);
        subprotocols += (subprotocols.empty() ? "" : ",") + name;
    }

    Opening opening{{}, message.SerializeAsString()};
    const auto add = [&](std::string_view key, std::string_view value) {
        if (!value.empty()) opening.attributes.push_back({key, as_name(value)});
    };
    add("path", path);
    add("query", query);
    add("host", request.host);
    add("origin", request.origin);
    add("subprotocol", subprotocols);
    add("peer", client.host);
    add("listener", listener);
    add("client_certificate", channel.certificate);
    return opening;
}

std::string close_fields(std::uint32_t code, std::string_view reason) {
    v1::ChannelMessage message;
    v1::WebSocket::Close& close = *message.mutable_websocket()->mutable_close();
    close.set_code(code);
    close.set_reason(std::string(reason));
    return message.SerializeAsString();
}

std::optional<Acceptance> acceptance_of(std::string_view command) {
    v1::Command parsed;
    if (!parsed.ParseFromArray(command.data(), static_cast<int>(command.size()))) return std::nullopt;
    Acceptance acceptance{parsed.websocket_accept().subprotocol(), {}};
    for (const v1::WebSocket::Header& header : parsed.websocket_accept().headers()) {
        acceptance.headers.emplace_back(header.name(), header.value());
    }
    return acceptance;
}

}  // namespace millrace::websocket
