#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Why a connection has ended, and whether another is worth the try.
namespace millrace::chat::irc {

struct Ending {
    bool is_final = false;         // Trying again cannot help: an operator has to look at it.
    std::int64_t at_least_ms = 0;  // To be waited, as far as the server lets one know.
    std::string why{};             // For people.
};

// What a server says, so that it can be shown: UTF-8 without control characters, cut to 300 bytes of its own.
std::string shown(std::string_view text);

// Of the text of ERROR, and of 465: what servers say in them is for people, and known by its words. A ban is final.
Ending ending_of(std::string_view text);

}  // namespace millrace::chat::irc
