#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/chat/irc/session_settings.hpp"

// The gateway's nick: which one it asks for when those it wants are taken, and when it tries to have its own back.
// Not thread-safe.
namespace millrace::chat::irc {

class Nick {
  public:
    explicit Nick(const SessionSettings& settings) : settings_(settings) {}

    // A connection begins. -> The nick to ask for.
    const std::string& begin();

    // The server does not want that nick, before it has let the gateway in. -> The next to ask for; nothing: they have
    // all been tried.
    std::optional<std::string> next();

    // The server says who the gateway is.
    void is_now(std::string_view nick) { current_ = nick; }

    const std::string& current() const { return current_; }
    const std::string& wanted() const { return settings_.nick; }
    bool is_wanted() const { return current_ == settings_.nick; }

    // When to ask for the wanted one again; nothing: it is had.
    std::optional<std::int64_t> reclaim_ms() const { return is_wanted() ? std::nullopt : std::optional(reclaim_ms_); }
    void reclaim_at(std::int64_t at_ms) { reclaim_ms_ = at_ms; }
    // Whoever had the wanted one has gone: it is to be asked for now, unless that was done a moment ago.
    void is_free(std::int64_t now_ms) {
        if (now_ms - asked_ms_ >= kMomentMs) reclaim_ms_ = now_ms;
    }
    // The server says no.
    void is_taken(std::int64_t now_ms, std::int64_t again_after_ms) {
        asked_ms_ = now_ms - kMomentMs;
        reclaim_ms_ = now_ms + again_after_ms;
    }
    // It is asked for; the answer may be no.
    void asked(std::int64_t now_ms, std::int64_t again_after_ms) {
        asked_ms_ = now_ms;
        reclaim_ms_ = now_ms + again_after_ms;
    }

    static constexpr std::uint32_t kTriesMax = 20;
    static constexpr std::int64_t kMomentMs = 2'000;

  private:
    const SessionSettings& settings_;
    std::string current_;
    std::uint32_t tries_ = 0;
    std::int64_t reclaim_ms_ = 0;
    std::int64_t asked_ms_ = -kMomentMs;
};

}  // namespace millrace::chat::irc
