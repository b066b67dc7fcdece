#include "adapters/common/mail_replies.hpp"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

constexpr std::size_t kMailReply = 0;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_at(std::string_view text, std::size_t at) {
    std::size_t count = 0;
    while (at + count < text.size() && is_digit(text[at + count])) ++count;
    return count;
}

// The status at the front of a reply's text (RFC 2034 §4: 2, 4 or 5, then two numbers of at most three digits).
std::string_view enhanced_status(std::string_view text) {
    if (text.size() < 5 || (text[0] != '2' && text[0] != '4' && text[0] != '5') || text[1] != '.') return {};
    const std::size_t subject = digits_at(text, 2);
    if (subject < 1 || subject > 3 || 2 + subject >= text.size() || text[2 + subject] != '.') return {};
    const std::size_t detail = digits_at(text, 3 + subject);
    if (detail < 1 || detail > 3) return {};
    const std::size_t size = 3 + subject + detail;
    return size == text.size() || text[size] == ' ' ? text.substr(0, size) : std::string_view();
}

bool is_smtputf8(std::string_view text) {
    constexpr std::string_view kKeyword = "SMTPUTF8";
    return text.size() == kKeyword.size() && std::equal(text.begin(), text.end(), kKeyword.begin(), [](char a, char b) {
               return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 32) : a) == b;
           });
}

}  // namespace

void MailReplies::take_line(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    if (digits_at(line, 0) < 3 || (line.size() > 3 && line[3] != ' ' && line[3] != '-')) return;
    current_.code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    std::string_view text = line.substr(std::min<std::size_t>(line.size(), 4));
    if (!has_begun_ && is_smtputf8(text)) knows_smtputf8_ = true;
    if (const std::string_view status = enhanced_status(text); !status.empty()) {
        if (current_.enhanced.empty()) current_.enhanced = status;
        text.remove_prefix(std::min(text.size(), status.size() + 1));
    }
    if (!current_.text.empty() && !text.empty() && current_.text.size() < kTextMax_bytes) current_.text += ' ';
    current_.text += text.substr(0, kTextMax_bytes - std::min(kTextMax_bytes, current_.text.size()));
    if (line.size() == 3 || line[3] == ' ') end_reply();
}

void MailReplies::end_reply() {
    if (!has_begun_)
        last_of_connection_ = std::move(current_);
    else if (replies_.size() < recipients_ + 3)
        replies_.push_back(std::move(current_));
    current_ = {};
}

MailFate MailReplies::judge(const Reply& reply, bool is_recipient) const {
    MailFate result{Fate::rejected, reply.code, reply.enhanced, reply.text, MailFate::By::server};
    if (reply.code / 100 == 2) result.fate = Fate::sent;
    if (reply.code / 100 == 4 || (is_recipient && reply.code == 552)) result.fate = Fate::retry;
    return result;
}

MailFate MailReplies::undecided(std::string_view failure, Fate fate) const {
    MailFate result{fate, 0, "", std::string(failure), MailFate::By::connection};
    if (!has_begun_ && last_of_connection_.code >= 400) {
        result.code = last_of_connection_.code;
        result.enhanced = last_of_connection_.enhanced;
        result.text.append(result.text.empty() ? "" : ": ").append(last_of_connection_.text);
    }
    return result;
}

MailFate MailReplies::fate_of(std::size_t recipient, std::string_view failure) const {
    const std::size_t data = recipients_ + 1;
    const std::size_t end = recipients_ + 2;
    if (replies_.empty()) return undecided(failure, Fate::retry);
    if (MailFate fate = judge(replies_[kMailReply], false); fate.fate != Fate::sent) return fate;
    if (recipient + 1 >= replies_.size()) return undecided(failure, Fate::retry);
    if (MailFate fate = judge(replies_[recipient + 1], true); fate.fate != Fate::sent) return fate;
    // Where nobody is left, DATA was not sent, and what has come since is an answer to nothing.
    if (data >= replies_.size()) return undecided(failure, Fate::retry);
    if (replies_[data].code != 354) {
        MailFate fate = judge(replies_[data], false);
        if (fate.fate == Fate::sent) fate.fate = Fate::rejected;
        return fate;
    }
    if (end < replies_.size()) return judge(replies_[end], false);
    return undecided(failure, is_content_whole_ ? Fate::unknown : Fate::retry);
}

bool MailReplies::is_decided() const {
    const std::vector<MailFate> known = fates("");
    return std::none_of(known.begin(), known.end(), [](const MailFate& it) { return it.code == 0; });
}

std::vector<MailFate> MailReplies::fates(std::string_view failure) const {
    std::vector<MailFate> result;
    for (std::size_t i = 0; i < recipients_; ++i) result.push_back(fate_of(i, failure));
    return result;
}

}  // namespace millrace
