#include "tests/unit/adapters/smtp/scripted_session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace millrace::smtp::test {
namespace {

struct Answer {
    std::string_view local;
    Reply reply;
};

constexpr std::array kRecipients = {
    Answer{"unknown", Reply::no_such_user},
    Answer{"nowhere", Reply::no_such_domain},
    Answer{"relay", Reply::not_for_us},
    Answer{"lookup", Reply::try_later},
    Answer{"full", Reply::recipient_full},
    Answer{"other", Reply::other_routes},
    Answer{"busy", Reply::busy},
    Answer{"ascii", Reply::utf8_not_taken},
};

constexpr std::array kSenders = {
    Answer{"nospace", Reply::no_space},
    Answer{"spammer", Reply::sender_refused},
};

struct Outcome {
    std::string_view local;
    Settlement settlement;
};

using Verdict = Settlement::Verdict;

const std::array outcomes = {
    Outcome{"retry", {Verdict::retry}},
    Outcome{"retry452", {Verdict::retry, 452, "4.3.1 Full"}},
    Outcome{"retry421", {Verdict::retry, 421, "4.7.0 Go away"}},
    Outcome{"reject", {Verdict::reject}},
    Outcome{"reject554", {Verdict::reject, 554, "5.6.0 Not this"}},
    Outcome{"reject250", {Verdict::reject, 250, "2.0.0 Ok"}},
    Outcome{"queued", {Verdict::ack, 0, "queued as 7"}},
    Outcome{"inject", {Verdict::reject, 550, "No\r\n250 2.0.0 Ok\nM\xC3\xBCll\x01"}},
};

Reply find(const auto& answers, std::string_view local, Reply otherwise) {
    const auto found =
        std::find_if(answers.begin(), answers.end(), [&](const Answer& it) { return it.local == local; });
    return found == answers.end() ? otherwise : found->reply;
}

Settlement outcome_of(std::string_view local) {
    const auto found =
        std::find_if(outcomes.begin(), outcomes.end(), [&](const Outcome& it) { return it.local == local; });
    return found == outcomes.end() ? Settlement{Verdict::ack} : found->settlement;
}

constexpr std::array<std::string_view, 8> kEndings = {"settled",  "overdue", "refused",   "abandoned",
                                                      "too slow", "misuse",  "dismissed", "lost"};

}  // namespace

std::string shown(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        std::array<char, 8> code{};
        std::snprintf(code.data(), code.size(), "\\x%02X", static_cast<unsigned char>(c));
        text += c == '\r' ? "\\r" : c == '\n' ? "\\n" : c < ' ' || c > '~' ? code.data() : std::string(1, c);
    }
    return text;
}

ScriptedSession::ScriptedSession(const Service& service, Manner manner)
    : manner_(manner), dialogue_(service, tally, service.has_tls && service.host.ends_with(".tls"), now_ms_) {
    run();
}

void ScriptedSession::send(std::string_view bytes) {
    std::string buffer;
    while (!bytes.empty()) {
        buffer = bytes.substr(0, manner_.chop);
        bytes.remove_prefix(buffer.size());
        dialogue_.advance(now_ms_);
        dialogue_.feed(buffer);
        run();
        buffer.assign(buffer.size(), '#');
        if (manner_.is_late && ++feeds_ % 3 == 0 && asked_ != Want::input) answer();
    }
    while (asked_ != Want::input) answer();
}

void ScriptedSession::wait(std::int64_t ms) {
    now_ms_ += ms;
    dialogue_.advance(now_ms_);
    run();
    while (asked_ != Want::input) answer();
}

void ScriptedSession::establish_tls() {
    dialogue_.on_tls_established();
    run();
}

void ScriptedSession::lose() {
    dialogue_.on_lost();
    run();
}

void ScriptedSession::drain() {
    dialogue_.drain();
    run();
}

void ScriptedSession::settle_late(std::string_view indexes) {
    const std::uint32_t ticket = dialogue_.ticket();
    for (const char digit : indexes) {
        const auto index = static_cast<std::size_t>(digit - '0');
        const Settlement settlement{Verdict::ack, 0, "late " + std::string(1, digit)};
        transcript += dialogue_.settle(ticket, index, settlement) ? "" : "{stale}";
        run();
    }
}

void ScriptedSession::run() {
    for (;;) {
        const Want want = dialogue_.next();
        flush();
        if (want == Want::input || want == Want::wait) return;
        if (want == Want::close) {
            asked_ = Want::input;
            if (!is_closed_) transcript += "{close}";
            is_closed_ = true;
            return;
        }
        on(want);
        flush();
    }
}

void ScriptedSession::on(Want want) {
    switch (want) {
        case Want::piece:
            return take_piece();
        case Want::tls:
            transcript += "{tls}";
            return;
        case Want::ended: {
            ++ended;
            asked_ = Want::input;
            const std::string_view name = kEndings[static_cast<std::size_t>(dialogue_.ending())];
            if (name != "settled") transcript += "{" + std::string(name) + "}";
            text_.clear();
            return;
        }
        default:
            asked_ = want;
            if (!manner_.is_late) answer();
    }
}

void ScriptedSession::answer() {
    const Want asked = asked_;
    asked_ = Want::input;
    if (asked == Want::sender) judge_sender();
    if (asked == Want::recipient) judge_recipient();
    if (asked == Want::credentials) judge_login();
    if (asked == Want::verdict) take_mail();
    if (manner_.is_late) run();
}

void ScriptedSession::judge_sender() {
    const Reply reply = find(kSenders, dialogue_.envelope().sender.local, Reply::sender_ok);
    if (dialogue_.envelope().sender.local == "slow") return;
    EXPECT_FALSE(dialogue_.judge(dialogue_.ticket() - 1, reply)) << "a stale ticket was taken";
    EXPECT_TRUE(dialogue_.judge(dialogue_.ticket(), reply));
    if (reply == Reply::sender_ok) ++begun;
}

void ScriptedSession::judge_recipient() {
    if (dialogue_.recipient().local == "slow") return;
    EXPECT_TRUE(
        dialogue_.judge(dialogue_.ticket(), find(kRecipients, dialogue_.recipient().local, Reply::recipient_ok)));
}

void ScriptedSession::judge_login() {
    const Credentials& given = dialogue_.credentials();
    transcript +=
        "{" + given.mechanism + " " + given.user + (given.authority.empty() ? "" : " as " + given.authority) + "}";
    if (given.user == "slow") return;
    const bool is_right = given.user == "alice" && given.password == "secret";
    const Reply down = given.user == "down" ? Reply::auth_unavailable : Reply::auth_failed;
    EXPECT_TRUE(dialogue_.judge(dialogue_.ticket(), is_right ? Reply::authenticated : down));
    EXPECT_EQ(dialogue_.credentials().password, "");
}

void ScriptedSession::take_piece() {
    text_ += dialogue_.piece();
    if (dialogue_.envelope().recipients.front().local == "spool") dialogue_.refuse_content(Reply::no_space);
}

void ScriptedSession::take_mail() {
    const Envelope& envelope = dialogue_.envelope();
    transcript += "{mail " + envelope.sender.address();
    char separator = '>';
    for (const Mailbox& recipient : envelope.recipients) {
        transcript += separator + recipient.address();
        separator = ',';
    }
    transcript += "|" + (text_.size() > 200 ? std::to_string(text_.size()) : shown(text_)) + "}";
    text_.clear();
    const bool is_lmtp = dialogue_.protocol().find("LMTP") != std::string::npos;
    const std::size_t count = is_lmtp ? envelope.recipients.size() : 1;
    const std::uint32_t ticket = dialogue_.ticket();
    std::vector<std::string> locals;
    for (const Mailbox& recipient : envelope.recipients) locals.push_back(recipient.local);
    // The last comes first: the replies have to be put in order.
    for (std::size_t i = count; i-- > 0;) {
        if (locals[i] == "silent") continue;
        EXPECT_TRUE(dialogue_.settle(ticket, i, outcome_of(locals[i])));
        EXPECT_FALSE(dialogue_.settle(ticket, i, outcome_of(locals[i]))) << "was settled twice";
    }
}

void ScriptedSession::flush() {
    transcript += dialogue_.output();
    dialogue_.output().clear();
}

}  // namespace millrace::smtp::test
