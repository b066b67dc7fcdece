#include "adapters/smtp/dialogue.hpp"

#include <algorithm>

namespace millrace::smtp {
namespace {

constexpr std::size_t kKeptBytesMax = 1024;

}  // namespace

Dialogue::Dialogue(const Service& service, Tally& tally, bool is_tls, std::int64_t now_ms)
    : service_(service), tally_(tally), now_ms_(now_ms), session_due_ms_(now_ms + service.times.session_ms),
      codec_(service.lines, service.content), is_tls_(is_tls) {
    if (service.times.greeting_delay_ms > 0) {
        state_ = State::greeting;
        due_ms_ = now_ms + service.times.greeting_delay_ms;
    } else {
        output_ += service.greeting();
        await_command();
    }
}

std::string Dialogue::protocol() const {
    if (hello_ != Hello::extended) return "SMTP";
    std::string name = envelope_.parameters.is_smtputf8 ? "UTF8" : service_.is_lmtp ? "" : "E";
    name += service_.is_lmtp ? "LMTP" : "SMTP";
    if (is_tls_) name += 'S';
    if (!user_.empty()) name += 'A';
    return name;
}

void Dialogue::say(Reply reply) {
    output_ += line_of(reply);
    ++tally_[static_cast<std::size_t>(reply)];
}

void Dialogue::fail(Reply reply) {
    if (class_of(reply) != kPermanent) return say(reply);
    if (++errors_ >= service_.session.errors_max) return hang_up(Reply::too_many_errors, Ending::misuse);
    say(reply);
    if (errors_ > service_.session.errors_delayed) paused_until_ms_ = now_ms_ + service_.times.error_delay_ms;
}

void Dialogue::await_command() {
    if (state_ == State::closed) return;
    state_ = State::command;
    due_ms_ = now_ms_ + service_.times.command_ms;
}

void Dialogue::ask(State state, Want question, std::int64_t time_ms) {
    state_ = state;
    question_ = question;
    due_ms_ = now_ms_ + time_ms;
    is_asked_ = true;
    ++ticket_;
}

void Dialogue::hang_up(Ending ending) {
    state_ = State::closed;
    is_asked_ = false;
    input_ = {};
    end_transaction(ending);
}

void Dialogue::hang_up(Reply reply, Ending ending) {
    say(reply);
    hang_up(ending);
}

void Dialogue::end_transaction(Ending ending) {
    if (!is_open_) return;
    is_open_ = false;
    has_ended_ = true;
    ending_ = ending;
}

void Dialogue::on_lost() {
    if (state_ != State::closed) hang_up(Ending::lost);
}

bool Dialogue::is_message_coming() const {
    return state_ == State::data || state_ == State::verdict || (is_open_ && envelope_.is_chunked);
}

void Dialogue::dismiss(Reply reply) {
    if (state_ == State::closed) return;
    if (state_ == State::handshake) return hang_up(Ending::dismissed);
    hang_up(reply, Ending::dismissed);
}

void Dialogue::keep_input() {
    if (input_.empty()) {
        is_kept_ = false;
        kept_.clear();
        if (kept_.capacity() > kKeptBytesMax) kept_.shrink_to_fit();
    } else if (!is_kept_) {
        kept_.assign(input_);
        input_ = kept_;
        is_kept_ = true;
    }
}

void Dialogue::feed(std::string_view bytes) {
    if (state_ == State::closed || bytes.empty()) return;
    if (state_ == State::greeting) return hang_up(Reply::early_talker, Ending::misuse);
    if (state_ == State::handshake) return hang_up(Reply::not_synchronised, Ending::misuse);
    if (state_ == State::data || state_ == State::chunk) lengthen_data_time(bytes.size());
    keep_input();
    if (!is_kept_) {
        input_ = bytes;
        return;
    }
    kept_.erase(0, kept_.size() - input_.size());
    kept_.append(bytes);
    input_ = kept_;
}

void Dialogue::lengthen_data_time(std::size_t bytes) {
    const std::int64_t rate = service_.times.data_bytes_per_s;
    data_credit_bytes_ += static_cast<std::int64_t>(bytes);
    const std::int64_t earned_ms = data_credit_bytes_ * 1000 / rate;
    data_credit_bytes_ -= earned_ms * rate / 1000;
    due_ms_ = std::min(due_ms_ + earned_ms, now_ms_ + service_.times.data_ms);
}

Want Dialogue::next() {
    for (;;) {
        if (has_ended_) {
            has_ended_ = false;
            return Want::ended;
        }
        if (is_draining_ && !is_message_coming() && state_ != State::closed) {
            dismiss(Reply::draining);
            continue;
        }
        if (is_asked_) {
            is_asked_ = false;
            return question_;
        }
        if (state_ == State::closed) return Want::close;
        const bool is_reading =
            state_ == State::command || state_ == State::login || state_ == State::data || state_ == State::chunk;
        if (!is_reading || is_paused()) {
            keep_input();
            return Want::wait;
        }
        const Codec::Step step = codec_.take(input_);
        if (step == Codec::Step::need_more) {
            keep_input();
            return Want::input;
        }
        if (step != Codec::Step::piece) {
            take(step);
        } else if (is_piece_wanted()) {
            return Want::piece;
        }
    }
}

void Dialogue::take(Codec::Step step) {
    switch (step) {
        case Codec::Step::line:
            return take_line(codec_.line());
        case Codec::Step::end:
            return state_ == State::data ? finish_data() : finish_chunk();
        case Codec::Step::endless:
            return hang_up(Reply::too_much_refused, Ending::misuse);
        default:
            break;
    }
    const bool is_login = state_ == State::login;
    await_command();
    if (step == Codec::Step::bad_line) return fail(Reply::bad_line);
    fail(is_login ? Reply::auth_line_too_long : Reply::line_too_long);
}

// What is refused is read to its end, but not for ever.
bool Dialogue::is_piece_wanted() {
    if (codec_.content_bytes() / 2 > service_.content.bytes_max) hang_up(Reply::too_much_refused, Ending::misuse);
    return is_open_ && refusal_ == Reply::ok && codec_.faults().are_none();
}

std::int64_t Dialogue::deadline_ms() const {
    if (state_ == State::closed) return kNever;
    const std::int64_t own_ms = is_paused() ? std::min(due_ms_, paused_until_ms_) : due_ms_;
    return state_ == State::verdict ? own_ms : std::min(own_ms, session_due_ms_);
}

void Dialogue::advance(std::int64_t now_ms) {
    now_ms_ = std::max(now_ms_, now_ms);
    if (state_ == State::closed) return;
    if (now_ms_ >= due_ms_) expire();
    if (now_ms_ < session_due_ms_ || state_ == State::verdict || state_ == State::closed) return;
    if (state_ == State::handshake) return hang_up(Ending::timeout);
    hang_up(Reply::session_too_long, Ending::timeout);
}

void Dialogue::expire() {
    switch (state_) {
        case State::greeting:
            output_ += service_.greeting();
            return await_command();
        case State::handshake:
            return hang_up(Ending::timeout);
        case State::verdict:
            for (std::optional<Settlement>& settlement : settlements_) {
                if (!settlement) settlement.emplace();
            }
            return tell_verdicts(Ending::overdue);
        case State::question:
            judge(ticket_, question_ == Want::credentials ? Reply::auth_unavailable : Reply::try_later);
            return;
        default:
            return hang_up(Reply::timeout, Ending::timeout);
    }
}

bool Dialogue::judge(std::uint32_t ticket, Reply answer) {
    if (state_ != State::question || ticket != ticket_) return false;
    is_asked_ = false;
    await_command();
    if (question_ == Want::credentials) {
        finish_login(answer);
    } else if (class_of(answer) != kPositive) {
        if (question_ == Want::recipient) ++refused_recipients_;
        fail(answer);
    } else {
        if (question_ == Want::recipient) {
            envelope_.recipients.push_back(std::move(recipient_));
        } else {
            is_open_ = true;
            ++mails_;
        }
        say(answer);
    }
    return true;
}

}  // namespace millrace::smtp
