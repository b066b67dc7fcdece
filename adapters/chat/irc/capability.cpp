#include "adapters/chat/irc/capability.hpp"

#include <algorithm>

namespace millrace::chat::irc {
namespace {

constexpr std::string_view kNames[] = {"message-tags",   "server-time",       "account-tag",       "echo-message",
                                       "batch",          "labeled-response",  "away-notify",       "multi-prefix",
                                       "chghost",        "setname",           "cap-notify",        "extended-join",
                                       "account-notify", "userhost-in-names", "draft/chathistory", "sasl"};
constexpr std::uint32_t kCount = std::size(kNames);

std::uint32_t bit_of(std::string_view name) {
    for (std::uint32_t i = 0; i < kCount; ++i) {
        if (kNames[i] == name) return 1u << i;
    }
    return name == "chathistory" ? static_cast<std::uint32_t>(Capability::chathistory) : 0;
}

template <class Take> void each_word(std::string_view text, Take take) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        if (end > 0) take(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

std::string names_of(std::uint32_t bits) {
    std::string names;
    for (std::uint32_t i = 0; i < kCount; ++i) {
        if ((bits & 1u << i) == 0) continue;
        if (!names.empty()) names += ' ';
        names += kNames[i];
    }
    return names;
}

}  // namespace

void Negotiation::take(const Line& line, std::vector<std::string>& requests) {
    const std::string_view what = line.param(1);
    if (what == "LS") {
        offer(line.last());
        if (line.param(2) == "*" && line.size > 3) return;
        is_listed_ = true;
    } else if (what == "NEW") {
        offer(line.last());
    } else if (what == "DEL") {
        remove(line.last());
        return;
    } else if (what == "ACK" || what == "NAK") {
        answer(line.last(), what == "ACK");
        if (asked_ == 0) request_next(requests);
        return;
    } else {
        return;
    }
    std::uint32_t asked = asked_;
    for (const std::uint32_t bits : waiting_) asked |= bits;
    const std::uint32_t wanted = offered_ & ~enabled_ & ~asked;
    if (wanted == 0) return;
    waiting_.insert(waiting_.begin(), wanted);
    if (asked_ == 0) request_next(requests);
}

void Negotiation::offer(std::string_view names) {
    each_word(names, [this](std::string_view word) {
        const std::size_t equals = std::min(word.find('='), word.size());
        const std::uint32_t bit = bit_of(word.substr(0, equals));
        if (bit == static_cast<std::uint32_t>(Capability::sasl)) {
            sasl_mechanisms_ = word.substr(std::min(equals + 1, word.size()));
            if (!wants_sasl_) return;
        }
        offered_ |= bit;
    });
}

void Negotiation::remove(std::string_view names) {
    each_word(names, [this](std::string_view word) {
        offered_ &= ~bit_of(word);
        enabled_ &= ~bit_of(word);
    });
}

// A request is granted or refused as a whole; a server may use several lines for its yes. What was refused among others
// is asked for by itself.
void Negotiation::answer(std::string_view names, bool is_granted) {
    if (!is_granted) {
        if ((asked_ & (asked_ - 1)) != 0) {
            for (std::uint32_t bit = 1; bit != 0 && bit <= asked_; bit <<= 1) {
                if ((asked_ & bit) != 0) waiting_.push_back(bit);
            }
        } else {
            offered_ &= ~asked_;
        }
        asked_ = 0;
        return;
    }
    each_word(names, [this](std::string_view word) {
        const bool is_off = word.starts_with('-');
        const std::uint32_t bit = bit_of(word.substr(is_off ? 1 : 0));
        if (is_off)
            enabled_ &= ~bit;
        else
            enabled_ |= bit & asked_;
        asked_ &= ~bit;
    });
}

void Negotiation::request_next(std::vector<std::string>& requests) {
    if (waiting_.empty()) return;
    asked_ = waiting_.back();
    waiting_.pop_back();
    requests.push_back(names_of(asked_));
}

}  // namespace millrace::chat::irc
