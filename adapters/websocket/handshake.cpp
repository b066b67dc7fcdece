#include "adapters/websocket/handshake.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include "adapters/common/http/grammar.hpp"
#include "adapters/common/http/response.hpp"

namespace millrace::websocket {
namespace net = boost::asio;
namespace http = boost::beast::http;
using error_code = boost::system::error_code;

namespace {

std::string_view view(boost::string_view text) { return {text.data(), text.size()}; }

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    return result;
}

// 16 bytes in base64.
bool is_key(std::string_view key) {
    const auto is_base64 = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    };
    return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, is_base64);
}

bool is_token(std::string_view text) { return !text.empty() && millrace::http::all(millrace::http::kToken, text); }

bool is_of_handshake(std::string_view lower_name) {
    constexpr std::string_view kNames[] = {"upgrade", "connection", "content-length", "transfer-encoding"};
    return lower_name.starts_with("sec-websocket-") ||
           std::find(std::begin(kNames), std::end(kNames), lower_name) != std::end(kNames);
}

}  // namespace

struct Handshake::Parser : http::request_parser<http::empty_body> {};

Handshake::Handshake(std::size_t header_bytes_max) : parser_(std::make_unique<Parser>()) {
    parser_->header_limit(static_cast<std::uint32_t>(header_bytes_max));
}

Handshake::~Handshake() = default;

Handshake::Step Handshake::feed(Input& input) {
    while (!parser_->is_header_done()) {
        if (input.size() == 0) return Step::need_more;
        error_code error;
        input.begin += parser_->put(net::buffer(input.begin, input.size()), error);
        if (error == http::error::need_more) return Step::need_more;
        if (error == http::error::header_limit) return refuse({431, "The request's header is too large."});
        if (error) return refuse({400, "This is no HTTP/1.1 request: " + error.message() + "."});
    }
    return check();
}

Handshake::Step Handshake::check() {
    const auto& request = parser_->get();
    const auto count = [&](http::field name) { return request.count(name); };
    const auto has = [&](http::field name, const char* token) { return http::token_list{request[name]}.exists(token); };

    if (request.method() != http::verb::get)
        return refuse({405, "A WebSocket begins with a GET request.", "Allow: GET\r\n"});
    if (request.version() != 11) return refuse({400, "A WebSocket needs HTTP/1.1."});
    if (count(http::field::host) != 1) return refuse({400, "The request needs one Host header."});
    if (count(http::field::transfer_encoding) != 0 ||
        (count(http::field::content_length) != 0 && view(request[http::field::content_length]) != "0"))
        return refuse({400, "The request may not have a body."});
    if (!has(http::field::upgrade, "websocket") || !has(http::field::connection, "upgrade"))
        return refuse({426,
                       "This address speaks WebSocket: the request needs Upgrade: websocket and Connection: "
                       "Upgrade.",
                       "Upgrade: websocket\r\n"});
    if (count(http::field::sec_websocket_version) != 1 || view(request[http::field::sec_websocket_version]) != "13")
        return refuse({426, "Only version 13 of the WebSocket protocol is spoken here.",
                       "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"});
    if (count(http::field::sec_websocket_key) != 1 || !is_key(view(request[http::field::sec_websocket_key])))
        return refuse({400, "The request needs one Sec-WebSocket-Key: 16 bytes in base64."});
    if (count(http::field::origin) > 1) return refuse({400, "The request may have one Origin header."});
    if (view(request.target()).substr(0, 1) != "/") return refuse({400, "The request's target is no path."});

    take_headers();
    for (const std::string& name : request_.subprotocols) {
        if (!is_token(name)) return refuse({400, "A name in Sec-WebSocket-Protocol is no token."});
    }
    return Step::ready;
}

void Handshake::take_headers() {
    const auto& request = parser_->get();
    request_.target = view(request.target());
    request_.host = view(request[http::field::host]);
    request_.origin = view(request[http::field::origin]);
    request_.key = view(request[http::field::sec_websocket_key]);
    for (const auto& field : request) {
        request_.headers.emplace_back(lower(view(field.name_string())), view(field.value()));
        if (field.name() == http::field::sec_websocket_extensions)
            request_.extensions.append(request_.extensions.empty() ? "" : ",").append(view(field.value()));
        if (field.name() != http::field::sec_websocket_protocol) continue;
        std::string_view rest = view(field.value());
        for (bool more = true; more;) {
            const std::size_t comma = rest.find(',');
            more = comma != std::string_view::npos;
            std::string_view name = rest.substr(0, comma);
            rest.remove_prefix(more ? comma + 1 : rest.size());
            while (!name.empty() && (name.front() == ' ' || name.front() == '\t')) name.remove_prefix(1);
            while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
            request_.subprotocols.emplace_back(name);
        }
    }
}

Handshake::Step Handshake::refuse(Refusal refusal) {
    refusal_ = std::move(refusal);
    return Step::refused;
}

bool Request::offers(std::string_view subprotocol) const {
    return std::find(subprotocols.begin(), subprotocols.end(), subprotocol) != subprotocols.end();
}

std::string fault_of(const Acceptance& acceptance, const Request& request) {
    if (!acceptance.subprotocol.empty() && !request.offers(acceptance.subprotocol))
        return "the subprotocol `" + acceptance.subprotocol + "` was not offered";
    for (const auto& [name, value] : acceptance.headers) {
        if (!is_token(name)) return "a header's name is no token";
        if (!millrace::http::all(millrace::http::kFieldValue, value))
            return "the header `" + name + "` has a control character";
        if (is_of_handshake(lower(name))) return "the header `" + name + "` belongs to the handshake itself";
    }
    return {};
}

std::string to_response(const Refusal& refusal) {
    const bool is_upgrade = refusal.status == 426;
    const std::string headers = refusal.headers + (is_upgrade ? "Connection: Upgrade, close\r\n" : "");
    std::string body;
    millrace::http::Response response = to_response(refusal, body);
    response.headers = headers;
    std::string text;
    write_response(text, response, "Server: millrace\r\n", {.is_last = !is_upgrade});
    return text;
}

Refusal refused_by_consumer(unsigned status, std::string_view text) {
    if (status < 400 || status > 599) status = 403;
    const std::string said(text.empty() ? "The connection was refused." : text);
    return status == 503 ? try_later(said) : Refusal{status, said};
}

}  // namespace millrace::websocket
