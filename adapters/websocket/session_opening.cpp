#include "adapters/websocket/io_thread.hpp"
#include "adapters/websocket/normalise.hpp"
#include "adapters/websocket/session.hpp"

// A session's part between the upgrade request and the answer to it.
namespace millrace::websocket {
using error_code = boost::system::error_code;

// Whose it is, and whether that one may come in.
bool Session::identify() {
    const Request& request = handshake_->request();
    if (source_.is_proxied) {
        const auto client = thread_.settings().trusted_proxies.client(source_.peer.address(), request.headers);
        if (!thread_.identify(client)) {
            refuse(try_later("There are too many connections from your address."));
            return false;
        }
        source_.is_proxied = false;
        if (client != source_.peer.address()) source_.peer = {client, 0};
    }
    if (!thread_.settings().origins.allow(request.origin, request.host)) {
        refuse({403, "Pages of this origin may not connect here."});
        return false;
    }
    return true;
}

void Session::ask() {
    if (!identify()) return;
    error_code error;
    const Endpoint server = socket_.local_endpoint(error);
    const Address client_address{source_.peer.address().to_string(), source_.peer.port()};
    const Opening opening =
        normalise(handshake_->request(), client_address, {server.address().to_string(), server.port()},
                  source_.listener, tls_ ? Channel{"wss", tls_->client_subject()} : Channel{});
    std::vector<millrace_attribute> attributes;
    for (const auto& [key, value] : opening.attributes) attributes.push_back({bytes(key), bytes(value)});

    thread_.wheel().cancel(*this);
    state_ = State::asking;
    millrace_id scope = 0;
    const std::int32_t answer = thread_.host().open(
        thread_.loop(), *this, {thread_.next_key(), attributes, opening.fields, thread_.settings().send_bytes_max},
        &scope);
    switch (answer) {
        case MILLRACE_OPENED:
            break;
        case MILLRACE_UNMATCHED:
            return refuse({404, "There is nothing at this path."});
        case MILLRACE_DRAINING:
            return refuse(try_later("The gateway stops."));
        default:
            return refuse(try_later("There are too many connections."));
    }
    if (state_ == State::asking || state_ == State::open) scope_ = scope;
}

void Session::accept(const Answer& answer) {
    Acceptance acceptance;
    for (std::uint32_t i = 0; i < answer.reply_count(); ++i) {
        if (answer.reply(i).body.empty()) continue;
        std::optional<Acceptance> read = acceptance_of(answer.reply(i).body);
        if (!read) fault_ = "the answer to CONNECT has a body that is no Command";
        if (read) acceptance = std::move(*read);
        break;
    }
    if (fault_.empty()) fault_ = fault_of(acceptance, handshake_->request());
    if (!fault_.empty()) return;

    if (acceptance.subprotocol.empty() && handshake_->request().offers(kAckSubprotocol))
        acceptance.subprotocol = kAckSubprotocol;
    if (acceptance.subprotocol == kAckSubprotocol) acks_ = std::make_unique<Acks>();
    if (thread_.settings().permessage_deflate) deflate_ = negotiate_deflate(handshake_->request().extensions);
    if (deflate_) {
        codec_.allow_compression(thread_.deflate());
        acceptance.headers.emplace_back("Sec-WebSocket-Extensions", to_header(*deflate_));
    }
    if (thread_.settings().messages_per_s_max != 0)
        rate_.emplace(thread_.settings().messages_per_s_max, thread_.wheel().now_ms());
    codec_.accept(handshake_->request().key, acceptance.subprotocol, acceptance.headers, out_.buffer());
    handshake_.reset();
    state_ = State::open;
    heard_at_ms_ = thread_.wheel().now_ms();
    is_resumed_ = !kept_.empty();
    thread_.wheel().schedule(*this, next_deadline_ms());
    for (std::uint32_t i = 0; i < answer.reply_count(); ++i) send(answer.reply(i));
}

// Apart from settled(), which may come before the scope has its name.
void Session::fail_acceptance() {
    thread_.host().log(MILLRACE_LOG_ERROR, "a consumer's answer to CONNECT cannot be sent: " + fault_);
    fault_.clear();
    end_scope(MILLRACE_REASON_POLICY, 1006, "");
    refuse({500, "The connection could not be accepted."});
}

void Session::turn_away(Admission::Verdict why) {
    refuse(try_later(why == Admission::Verdict::too_many ? "There are too many connections."
                                                         : "There are too many connections from your address."));
}

void Session::refuse(const Refusal& refusal) {
    out_.buffer().append(to_response(refusal));
    enter(State::lingering);
}

}  // namespace millrace::websocket
