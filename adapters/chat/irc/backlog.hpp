#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/irc/normalise.hpp"
#include "millrace/adapter.hpp"

// Events of one room or person that the gateway has not taken yet, in their order, in one piece of memory. Not
// thread-safe.
namespace millrace::chat::irc {

struct BacklogLimits {
    std::size_t messages;
    std::size_t bytes;  // One may pass it, where there is no other.
};

class Backlog {
  public:
    bool has_room(const Normalised& event, const BacklogLimits& limits) const;
    // Copies it, where there is room. `cookie`: its submission's.
    void push(const Normalised& event, std::uint64_t cookie);

    std::size_t size() const { return entries_.size() - first_; }
    bool empty() const { return size() == 0; }

    // The first ones, as the gateway takes them, as many as there is room for; views until the next push() or pop().
    // `attributes` has room for kAttributes of each. -> How many.
    static constexpr std::size_t kAttributes = 2;
    std::size_t fill(std::span<millrace_submission> submissions, std::span<millrace_attribute> attributes) const;

    std::uint64_t cookie(std::size_t index) const { return entries_[first_ + index].cookie; }

    // The first `count` are gone.
    void pop(std::size_t count);

  private:
    struct Entry {
        std::size_t begin;
        std::uint32_t payload_size, fields_size, author_size, external_id_size;
        std::uint32_t hops;
        std::uint64_t cookie;
        std::string_view event;  // Of event_name(), which are constants.
    };

    std::string bytes_;
    std::vector<Entry> entries_;
    std::size_t first_ = 0;
};

}  // namespace millrace::chat::irc
