#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// The frames of RFC 6455 §5 that a server writes: final, unmasked, with the shortest length; appended to what waits.
namespace millrace::websocket {

inline constexpr unsigned kText = 1;
inline constexpr unsigned kBinary = 2;
inline constexpr unsigned kClose = 8;
inline constexpr unsigned kPing = 9;
inline constexpr unsigned kPong = 10;
inline constexpr unsigned kFinal = 0x80;
inline constexpr unsigned kCompressed = 0x40;
inline constexpr std::size_t kControlBytesMax = 125;

void write_frame(std::string& out, unsigned opcode, std::string_view payload);
void write_message(std::string& out, bool is_text, std::string_view payload);
// `payload` is what Deflate::compress has made of it.
void write_compressed(std::string& out, bool is_text, std::string_view payload);
void write_ping(std::string& out);
// A code that may not be sent becomes 1000; a text above 123 bytes is cut between two characters.
void write_close(std::string& out, std::uint32_t code, std::string_view text);

// Is it a code that a close frame may have (§7.4, and the registry's 1012 to 1014)?
bool may_be_sent(std::uint32_t code);

}  // namespace millrace::websocket
