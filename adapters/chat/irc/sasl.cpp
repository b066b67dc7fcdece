#include "adapters/chat/irc/sasl.hpp"

#include <algorithm>
#include <utility>

#include "adapters/chat/irc/ending.hpp"
#include "adapters/common/base64.hpp"

namespace millrace::chat::irc {
namespace {

constexpr std::size_t kChunk = 400;

bool is_among(std::string_view word, std::string_view list) {
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(','), list.size());
        if (list.substr(0, end) == word) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

}  // namespace

std::vector<std::string> authenticate_chunks(std::string_view response) {
    const std::string text = base64_encoded(response);
    std::vector<std::string> chunks;
    for (std::size_t i = 0; i < text.size(); i += kChunk) chunks.push_back(text.substr(i, kChunk));
    if (text.size() % kChunk == 0) chunks.emplace_back("+");
    return chunks;
}

void Sasl::begin(std::string_view mechanisms, std::vector<std::string>& lines) {
    if (state_ != State::idle || account_.sasl == SaslMechanism::none) return;
    const std::string_view mechanism = account_.sasl == SaslMechanism::plain ? "PLAIN" : "EXTERNAL";
    if (!mechanisms.empty() && !is_among(mechanism, mechanisms)) {
        state_ = State::unavailable;
        why_ = "the server has no SASL " + std::string(mechanism);
        return;
    }
    state_ = State::under_way;
    lines.emplace_back(mechanism);
}

void Sasl::take(const Line& line, std::vector<std::string>& lines) {
    if (line.command == "900" || line.command == "903" || line.command == "907") {
        if (line.command != "900" && state_ == State::under_way) state_ = State::logged_in;
        return;
    }
    if (state_ != State::under_way) return;
    if (line.command == "AUTHENTICATE") {
        if (line.param(0) != "+" || is_answered_) return give_up(lines);
        is_answered_ = true;
        std::string response;
        if (account_.sasl == SaslMechanism::plain) {
            response = account_.name;
            ((response += '\0') += account_.name) += '\0';
            response += account_.password;
        }
        for (std::string& chunk : authenticate_chunks(response)) lines.push_back(std::move(chunk));
        return;
    }
    if (line.command == "908") return;  // What it has; 904 follows.
    const bool is_final = line.command == "902" || line.command == "904" || line.command == "905";
    state_ = is_final ? State::refused : State::unavailable;
    why_ = shown(line.last());
}

void Sasl::give_up(std::vector<std::string>& lines) {
    if (state_ != State::under_way) return;
    state_ = State::unavailable;
    why_ = "SASL came to no end";
    lines.emplace_back("*");
}

}  // namespace millrace::chat::irc
