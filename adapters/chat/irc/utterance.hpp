#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// What the gateway says, and how it becomes lines.
namespace millrace::chat::irc {

enum class Said { text, action, notice };

struct Utterance {
    std::string target{};  // A room, or a nick.
    std::string text{};    // UTF-8; of plain() below.
    Said said = Said::text;
    std::string reply_to{};  // The network's id. Empty: to none.
    std::uint32_t hops = 0;
    std::uint64_t id = 0;     // The caller's, not 0: its outcome comes with it.
    bool is_durable = false;  // It comes again after a restart: the gateway bounds what waits.
    std::size_t done = 0;     // Bytes of the text that have left.
};

// The text with LF as its only line end, without any at its ends, and without NUL and the delimiter of CTCP, which has
// no place in what consumers say.
std::string plain(std::string_view text);

// How long a text one line can have, as it reaches others: with the gateway's own `:nick!user@host ` before it, of
// `prefix_bytes`. 0: there is no room for any.
std::size_t text_bytes_max(const Utterance& utterance, std::size_t prefix_bytes, std::size_t line_bytes);

// The next line's part of the text, of at most `max` bytes, above 3, and `done` moves behind it. A line end parts;
// empty lines are passed over, as IRC has none. False: there is no more.
bool next_part(Utterance& utterance, std::size_t max, std::string_view& part);

// How many there will be; it counts no further than `most`.
std::size_t count_parts(const Utterance& utterance, std::size_t max, std::size_t most);

std::string_view command_of(Said said);

}  // namespace millrace::chat::irc
