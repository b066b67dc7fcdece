#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/chat/irc/line.hpp"
#include "adapters/chat/irc/string_map.hpp"

// Lines that belong together (IRCv3 batch). They are not held back until their batch ends: each is handled as it comes,
// by what is known of its batch, so that one without an end costs nothing. Not thread-safe.
namespace millrace::chat::irc {

struct Batch {
    bool is_netsplit = false;  // Of a netsplit, or of the net's joining again.
    bool is_replayed = false;  // History.
    std::string label{};       // Of the command that it answers.
    std::string room{};        // Of history: the folded target.
    std::uint32_t lines = 0;   // That have come in it.
    std::int64_t last_us = 0;  // The latest time among them.
};

class Batches {
  public:
    static constexpr std::size_t kOpenMax = 64;

    // `label`, `parent`: of the line's own tags. -> A batch that it ends, which is forgotten with the next call.
    const Batch* take(const Line& line, std::string_view label, std::string_view parent) {
        const std::string_view reference = line.param(0);
        if (reference.starts_with('-')) {
            const auto found = open_.find(reference.substr(1));
            if (found == open_.end()) return nullptr;
            ended_ = std::move(found->second);
            open_.erase(found);
            return &ended_;
        }
        if (!reference.starts_with('+') || open_.size() >= kOpenMax) return nullptr;
        Batch batch;
        if (const Batch* outer = find(parent))
            batch.is_netsplit = outer->is_netsplit, batch.is_replayed = outer->is_replayed;
        const std::string_view type = line.param(1);
        batch.is_netsplit |= type == "netsplit" || type == "netjoin";
        batch.is_replayed |= type == "chathistory" || type == "draft/chathistory" || type == "znc.in/playback";
        batch.label = label;
        batch.room = line.param(2);
        open_.insert_or_assign(std::string(reference.substr(1)), std::move(batch));
        return nullptr;
    }

    // Null: there is none of that name.
    Batch* find(std::string_view reference) {
        if (reference.empty() || open_.empty()) return nullptr;
        const auto found = open_.find(reference);
        return found == open_.end() ? nullptr : &found->second;
    }

    std::size_t size() const { return open_.size(); }

  private:
    StringMap<Batch> open_;
    Batch ended_;
};

}  // namespace millrace::chat::irc
