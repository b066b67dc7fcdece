#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/chat/irc/casemapping.hpp"
#include "adapters/chat/irc/line.hpp"

// What a server says of itself with 005 (modern.ircdocs.horse, "RPL_ISUPPORT Parameters"). What it does not say is as
// RFC 1459 has it; what makes no sense is passed over. Each connection begins with a new one.
namespace millrace::chat::irc {

class Isupport {
  public:
    // A line of 005. True: the casemapping is another from now on, and whatever was folded is to be folded anew.
    bool take(const Line& line);

    // Is it the name of a room?
    bool is_channel(std::string_view name) const;

    // The same, of a target that prefixes may stand before: `@#ops` is for those of #ops that are `@` or more. ->
    // What is behind these.
    std::string_view without_status(std::string_view target) const;

    // How the letter of a channel mode is used.
    enum class ModeKind {
        list,    // It always has a parameter.
        always,  // The same; it is no list.
        on_set,  // It has one where it is set.
        flag,
        prefix,  // It has a member as its parameter, who gets a prefix.
    };
    ModeKind mode_kind(char letter) const;

    // Of a mode's letter, and back; 0: there is none.
    char prefix_of(char letter) const;
    // The smaller, the more may a member with it do; no_prefix() where it is none.
    std::size_t rank_of(char prefix) const { return std::min(prefixes_.find(prefix), no_prefix()); }
    std::size_t no_prefix() const { return prefixes_.size(); }
    // Highest first.
    std::string_view prefixes() const { return prefixes_; }

    const Casemapping& casemapping() const { return casemapping_; }
    const std::string& network() const { return network_; }  // Empty: it has no name.
    std::size_t line_bytes() const { return line_bytes_; }
    std::size_t nick_bytes() const { return nick_bytes_; }
    std::size_t user_bytes() const { return user_bytes_; }
    std::size_t host_bytes() const { return host_bytes_; }
    std::size_t topic_bytes() const { return topic_bytes_; }
    std::uint32_t join_targets() const { return join_targets_; }  // Rooms in one JOIN.
    std::uint32_t monitor_targets() const { return monitor_; }    // 0: there is no MONITOR.
    std::uint32_t history_messages() const { return history_; }   // Of one CHATHISTORY. 0: there is none.

  private:
    bool take(std::string_view name, std::string_view value);
    void take_modes(std::string_view value);
    void take_history(std::string_view value);
    void take_prefixes(std::string_view value);
    void take_targets(std::string_view value);

    Casemapping casemapping_{};
    Casemapping::Kind kind_ = Casemapping::Kind::rfc1459;
    std::string network_;
    std::string channel_types_ = "#&";
    std::string status_;
    std::string prefix_modes_ = "ov";
    std::string prefixes_ = "@+";
    std::array<std::string, 4> modes_ = {"b", "k", "l", ""};
    std::size_t line_bytes_ = kLineBytes;
    std::size_t nick_bytes_ = 9;
    std::size_t user_bytes_ = 10;
    std::size_t host_bytes_ = 63;
    std::size_t topic_bytes_ = 390;
    std::uint32_t join_targets_ = 4;
    std::uint32_t monitor_ = 0;
    std::uint32_t history_ = 0;
};

}  // namespace millrace::chat::irc
