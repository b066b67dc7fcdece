#include "adapters/smtp/session.hpp"

#include <algorithm>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cerrno>
#include <utility>

#include "adapters/common/proxy_header.hpp"
#include "adapters/smtp/io_thread.hpp"

namespace millrace::smtp {
namespace net = boost::asio;
using error_code = boost::system::error_code;

namespace {

constexpr std::int64_t kProxyHeaderMs = 5'000;
constexpr std::int64_t kLingerMs = 5'000;
constexpr std::int64_t kNameMs = 5'000;

}  // namespace

Session::Session(SmtpThread& thread, Socket socket, Source source, bool is_admitted)
    : Connection(thread, std::move(socket), std::move(source), is_admitted), thread_(thread),
      state_(source_.is_proxied ? State::proxied : State::talking) {}

Session::~Session() = default;

void Session::begin() {
    thread_.due(*this);
    if (state_ != State::proxied) return let_in();
    due_ms_ = thread_.wheel().now_ms() + kProxyHeaderMs;
}

// What comes next are its own bytes.
void Session::let_in() {
    is_one_too_many_ = is_admitted() && !may(ClientRates::What::connection);
    ask_name();
    if (!thread_.settings().is_tls_implicit()) return talk(false);
    if (is_one_too_many_ || !may(ClientRates::What::handshake)) return drop();
    state_ = State::shaking;
    due_ms_ = thread_.wheel().now_ms() + thread_.service().times.handshake_ms;
    begin_tls();
}

void Session::ask_name() {
    if (!thread_.settings().asks_names || !is_admitted() || is_one_too_many_) return;
    name_due_ms_ = thread_.wheel().now_ms() + kNameMs;
    if (!thread_.look_up(*this)) client_name_.emplace();
}

void Session::talk(bool is_tls) {
    state_ = State::talking;
    dialogue_ = std::make_unique<Dialogue>(thread_.service(), thread_.tally(), is_tls, thread_.wheel().now_ms());
    if (thread_.is_quiesced()) dialogue_->drain();
    if (is_one_too_many_) return turn_away(Admission::Verdict::too_many_of_address);
    process();
}

bool Session::may(ClientRates::What what) {
    return thread_.rates().take(what, source_.peer.address(), thread_.wheel().now_ms());
}

void Session::turn_away(Admission::Verdict) {
    if (state_ != State::talking) return drop();
    dialogue_->output().clear();  // In place of the greeting (RFC 5321 §3.1).
    dialogue_->dismiss(Reply::too_many_connections);
    process();
}

void Session::quiesce() {
    if (state_ == State::proxied || state_ == State::shaking) return drop();
    if (state_ != State::talking) return;
    dialogue_->drain();
    thread_.due(*this);
}

// ---- In ----------------------------------------------------------------------------------------------------------

void Session::on_readable() {
    if (state_ == State::dropped) return;
    thread_.due(*this);
    Input input = thread_.load({});
    const ssize_t size = receive(input, IoThread::kReadBytes);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size < 0) return drop();
    is_over_ = is_over_ || size == 0;
    const bool is_agreed = tls_ && tls_->is_established();
    if (is_agreed && state_ == State::shaking) talk(true);
    if (is_agreed && state_ == State::talking && !dialogue_->is_tls()) dialogue_->on_tls_established();
    if (input.size() != 0) take({input.begin, input.size()});
}

void Session::on_tls_failure(bool) {
    if (dialogue_) {
        dialogue_->on_lost();
        process();
    }
    linger();
}

void Session::take(std::string_view bytes) {
    if (state_ == State::proxied) return take_proxy_header(bytes);
    if (state_ != State::talking) return;
    dialogue_->advance(thread_.wheel().now_ms());
    if (!tls_ &&
        thread_.rates().is_used_up(ClientRates::What::handshake, source_.peer.address(), thread_.wheel().now_ms()))
        dialogue_->withhold_tls();
    dialogue_->feed(bytes);
    process();
}

void Session::take_proxy_header(std::string_view bytes) {
    head_.append(bytes);
    const ProxyHeader header = parse_proxy_header(std::string_view(head_).substr(0, kProxyHeaderBytesMax));
    if (header.step == ProxyHeader::Step::need_more) return;
    if (header.step == ProxyHeader::Step::bad) return drop();
    const std::string early = std::exchange(head_, {}).substr(header.bytes);
    if (header.client) {
        const Endpoint proxy = std::exchange(source_.peer, *header.client);
        if (!thread_.identify(client())) {
            source_.peer = proxy;
            return drop();
        }
        proxy_ = proxy;
        source_.is_proxied = false;
    }
    let_in();
    if (early.empty()) return;
    // A client that speaks TLS waits for nothing: its first words came behind the header.
    Input input = thread_.load({});
    if (tls_) decrypt(early, input);
    take(tls_ ? std::string_view(input.begin, input.size()) : std::string_view(early));
}

// All that the dialogue wants, until it waits for something.
void Session::process() {
    for (;;) {
        switch (dialogue_->next()) {
            case Want::sender:
                dialogue_->judge(dialogue_->ticket(),
                                 may(ClientRates::What::mail) ? Reply::sender_ok : Reply::too_much);
                break;
            case Want::recipient:
                dialogue_->judge(dialogue_->ticket(), judge_recipient());
                break;
            case Want::credentials:
                ask_login();
                break;
            case Want::piece:
                keep_text(dialogue_->piece());
                break;
            case Want::verdict:
                waits_for_name_ = is_asking_name();
                if (!waits_for_name_) deliver();
                break;
            case Want::ended:
                end_transaction();
                break;
            case Want::input:
                wants_to_read_ = true;
                return;
            case Want::tls:
                is_tls_wanted_ = true;
                wants_to_read_ = false;
                return;
            case Want::wait:
                wants_to_read_ = dialogue_->reads_ahead() || (tls_ && !dialogue_->is_tls());
                return;
            case Want::close:
                return linger();
        }
    }
}

// ---- Out ---------------------------------------------------------------------------------------------------------

void Session::turn() {
    if (state_ == State::dropped) return;
    const std::int64_t now_ms = thread_.wheel().now_ms();
    if (state_ == State::talking) {
        dialogue_->advance(now_ms);
        if (is_asking_name() && now_ms >= name_due_ms_) client_name_.emplace();
        if (waits_for_name_ && client_name_) deliver();
        tend();
        process();
    } else if (now_ms >= due_ms_) {
        return drop();
    }
    // Who says no more may still wait for the answer to what was said.
    if (is_over_ && (state_ != State::talking || wants_to_read_) && !(dialogue_ && dialogue_->awaits_answer())) {
        flush();
        return drop();
    }
    flush();
    if (state_ != State::dropped) arm();
}

void Session::flush() {
    if (dialogue_ && !dialogue_->output().empty()) {
        out_.buffer().append(dialogue_->output());
        dialogue_->output().clear();
    }
    if (!out_.write(socket_.native_handle())) return drop();
    if (out_.unsent() != 0) return;
    if (std::exchange(is_tls_wanted_, false)) {
        may(ClientRates::What::handshake);
        begin_tls();
        wants_to_read_ = true;
    }
    if (state_ != State::lingering || is_shut_ || !say_goodbye()) return;
    is_shut_ = true;
    error_code ignored;
    socket_.shutdown(net::socket_base::shutdown_send, ignored);
}

void Session::arm() {
    std::int64_t deadline_ms = state_ == State::talking ? dialogue_->deadline_ms() : due_ms_;
    if (waits_for_name_) deadline_ms = std::min(deadline_ms, name_due_ms_);
    if (deadline_ms == Dialogue::kNever)
        thread_.wheel().cancel(*this);
    else
        thread_.wheel().schedule(*this, deadline_ms);
    if (wants_to_read_ && !is_over_) wait_to_read();
    if (out_.waits_for_socket()) wait_to_write();
}

// What the client still says is read and forgotten: a reset would take from it what it was told.
void Session::linger() {
    if (state_ == State::lingering || state_ == State::dropped) return;
    state_ = State::lingering;
    due_ms_ = thread_.wheel().now_ms() + kLingerMs;
    wants_to_read_ = true;
    thread_.due(*this);
}

void Session::drop() {
    if (state_ == State::dropped) return;
    const boost::intrusive_ptr<Session> self(this);
    if (std::exchange(state_, State::dropped) == State::talking && dialogue_) {
        dialogue_->on_lost();
        process();
    }
    end_transaction();
    leave();
}

void Session::on_timer() { thread_.due(*this); }

void Session::on_mail() { thread_.due(*this); }

void Session::on_login(std::uint32_t ticket, bool is_right) {
    if (state_ != State::talking) return;
    dialogue_->judge(ticket, is_right ? Reply::authenticated : Reply::auth_failed);
    thread_.due(*this);
}

void Session::on_name(const ClientName& name) {
    client_name_ = name;
    thread_.due(*this);
}

}  // namespace millrace::smtp
