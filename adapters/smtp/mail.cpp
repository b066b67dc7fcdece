#include "adapters/smtp/mail.hpp"

#include <array>

#include "adapters/smtp/io_thread.hpp"
#include "adapters/smtp/session.hpp"

namespace millrace::smtp {
namespace {

using Verdict = Settlement::Verdict;

Settlement retry(unsigned code, std::string text) { return {Verdict::retry, code, std::move(text)}; }

Settlement settlement_of(std::uint32_t verdict, std::uint32_t code, std::string_view text) {
    const auto as = verdict == MILLRACE_ACK     ? Verdict::ack
                    : verdict == MILLRACE_RETRY ? Verdict::retry
                                                : Verdict::reject;
    return {as, code, std::string(text)};
}

}  // namespace

Mail::Mail(Session& session, std::vector<std::size_t> recipients, millrace_id routes, Content content)
    : session_(session), recipients_(std::move(recipients)), routes_(routes), content_(std::move(content)) {}

void Mail::close_for(std::uint32_t reason) {
    if (std::exchange(is_open_, false)) session_.thread().host().close(scope_, reason, {});
}

void Mail::begin() {
    std::vector<millrace_attribute> attributes;
    for (const auto& [key, value] : content_.attributes) attributes.push_back({bytes(key), bytes(value)});
    is_open_ = true;
    ScopeSpec spec{content_.key, attributes, {}, 0, MILLRACE_REPLY_TO};
    spec.routes = routes_;
    millrace_id id = 0;
    switch (session_.thread().host().open(session_.thread().loop(), *this, spec, &id)) {
        case MILLRACE_OPENED:
            if (is_open_) scope_ = id;
            return;
        case MILLRACE_UNMATCHED:
            is_open_ = false;
            return end({Verdict::reject, 550, "5.7.1 Nobody takes this mail"});
        case MILLRACE_NO_SLOT:
            is_open_ = false;
            return end(retry(452, "4.3.1 There are too many mails"));
        default:
            is_open_ = false;
            return end(retry(451, "4.3.2 The gateway stops"));
    }
}

void Mail::go_on(const Raw& raw) {
    if (state_ == State::accepted) submit(raw);
    if (state_ == State::over) close_for(MILLRACE_REASON_PEER);
}

void Mail::submit(const Raw& raw) {
    state_ = State::submitted;
    millrace_submission submission{};
    submission.struct_size = sizeof submission;
    submission.payload_kind = MILLRACE_TEXT;
    submission.payload = bytes(content_.text);
    submission.fields = bytes(content_.fields);
    submission.external_id = bytes(content_.external_id);
    submission.hops = content_.hops;
    submission.body = bytes(raw.bytes);
    submission.sealed = raw.sealed;
    std::uint8_t result = MILLRACE_PENDING;
    if (session_.thread().host().submit(scope_, {&submission, 1}, &result) == 0) {
        if (state_ == State::submitted) end(retry(452, "4.3.1 There is no room for this mail"));
    } else if (result == MILLRACE_SETTLED) {
        end({Verdict::ack});
    } else if (result == MILLRACE_NOWHERE) {
        end({Verdict::reject, 550, "5.7.1 Nobody takes this mail"});
    }
}

void Mail::settled(const Answer& answer) {
    if (answer.verdict() == MILLRACE_ACK) {
        state_ = State::accepted;
    } else {
        is_open_ = false;
        end(settlement_of(answer.verdict(), answer.code(), answer.text()));
    }
    session_.on_mail();
}

void Mail::settled(std::uint64_t, std::uint32_t verdict, std::uint32_t code, std::string_view text) {
    end(settlement_of(verdict, code, text));
    session_.on_mail();
}

// Replies go where `reply_to` says, to the adapter's addresses: the Mailer has them.
void Mail::send(const Outgoing&) {}

void Mail::close(std::uint32_t reason, std::uint32_t, std::string_view) {
    is_open_ = false;
    end(reason == MILLRACE_REASON_DRAIN ? retry(451, "4.3.2 The gateway stops") : retry(451, {}));
    session_.on_mail();
}

void Mail::end(Settlement settlement) {
    if (state_ == State::over) return;
    state_ = State::over;
    settlement_ = std::move(settlement);
}

}  // namespace millrace::smtp
