#include "adapters/chat/irc/deliveries.hpp"

#include <algorithm>
#include <utility>

namespace millrace::chat::irc {

std::uint64_t Deliveries::wrote(std::uint64_t id, std::string_view target, std::int64_t now_ms) {
    Command& command = commands_[id];
    command.outcome.id = id;
    ++command.open;
    lines_.push_back({next_label_, id, std::string(target), now_ms});
    return next_label_++;
}

void Deliveries::finished(std::uint64_t id) {
    const auto found = commands_.find(id);
    if (found == commands_.end()) return;
    found->second.is_finished = true;
    end_if_done(id);
}

void Deliveries::lose(std::uint64_t id, std::string_view why) {
    const auto found = commands_.find(id);
    if (found == commands_.end()) return;
    Outcome& outcome = found->second.outcome;
    if (outcome.kind == Outcome::Kind::sent) {
        outcome.kind = Outcome::Kind::lost;
        outcome.text = why;
    }
    finished(id);
}

void Deliveries::reject(std::uint64_t id, std::uint16_t code, std::string_view text) {
    Command& command = commands_[id];
    command.outcome.id = id;
    command.outcome.kind = Outcome::Kind::rejected;
    command.outcome.code = code;
    command.outcome.text = text;
    finished(id);
}

Deliveries::Lines::iterator Deliveries::find(std::uint64_t label, std::string_view target) {
    return std::find_if(lines_.begin(), lines_.end(),
                        [&](const Line& line) { return label != 0 ? line.label == label : line.target == target; });
}

void Deliveries::echoed(std::uint64_t label, std::string_view target, std::string_view message_id) {
    const auto line = find(label, target);
    if (line == lines_.end()) return;
    if (!message_id.empty()) commands_[line->id].outcome.message_ids.emplace_back(message_id);
    close(line, Outcome::Kind::sent, 0, {});
}

void Deliveries::answered(std::uint64_t label) {
    if (label == 0) return;
    if (const auto line = find(label, {}); line != lines_.end()) close(line, Outcome::Kind::sent, 0, {});
}

bool Deliveries::refused(std::uint64_t label, std::string_view target, std::uint16_t code, std::string_view text) {
    const auto line = find(label, target);
    if (line == lines_.end()) return false;
    close(line, Outcome::Kind::rejected, code, text);
    return true;
}

std::optional<std::uint64_t> Deliveries::fence() {
    if (lines_.empty() || fence_ != 0) return std::nullopt;
    return fence_ = next_label_ - 1;
}

void Deliveries::passed(std::uint64_t fence, bool echoes) {
    if (fence != fence_) return;
    fence_ = 0;
    while (!lines_.empty() && lines_.front().label <= fence) {
        if (echoes)
            close(lines_.begin(), Outcome::Kind::unknown, 0, "the server has not sent it back");
        else
            close(lines_.begin(), Outcome::Kind::sent, 0, {});
    }
}

void Deliveries::expire(std::int64_t before_ms) {
    while (!lines_.empty() && lines_.front().at_ms < before_ms)
        close(lines_.begin(), Outcome::Kind::lost, 0, "the server has said nothing of it");
    if (lines_.empty()) fence_ = 0;
}

void Deliveries::lost() {
    while (!lines_.empty()) close(lines_.begin(), Outcome::Kind::lost, 0, "the connection is gone");
    fence_ = 0;
}

std::optional<std::int64_t> Deliveries::oldest_ms() const {
    return lines_.empty() ? std::nullopt : std::optional(lines_.front().at_ms);
}

// The first that went wrong is what is told of a command.
void Deliveries::close(Lines::iterator line, Outcome::Kind kind, std::uint16_t code, std::string_view text) {
    const std::uint64_t id = line->id;
    lines_.erase(line);
    Command& command = commands_[id];
    --command.open;
    if (command.outcome.kind == Outcome::Kind::sent && kind != Outcome::Kind::sent) {
        command.outcome.kind = kind;
        command.outcome.code = code;
        command.outcome.text = text;
    }
    end_if_done(id);
}

void Deliveries::end_if_done(std::uint64_t id) {
    const auto found = commands_.find(id);
    if (found == commands_.end() || found->second.open > 0 || !found->second.is_finished) return;
    outcomes_.push_back(std::move(found->second.outcome));
    commands_.erase(found);
}

}  // namespace millrace::chat::irc
