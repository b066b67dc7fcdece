#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/smtp/mime/charsets.hpp"
#include "adapters/smtp/mime/encoded_word.hpp"

namespace millrace::smtp::mime {

struct Address {
    std::string name;     // Decoded, with a comment in parentheses; a comment alone without. Empty: none.
    std::string address;  // `local@domain`, without blanks, comments and routes. Empty: none that can be read.
    std::string group;    // Decoded. Empty: in none.
};

struct AddressList {
    std::vector<Address> addresses;  // An empty group is one entry with only its name.
    bool is_sound = true;            // Nothing had to be guessed.
    bool is_cut = false;             // There were more than may be.
    TextFaults faults;               // Of names.
};

// The value of From, To, .. (RFC 5322 §3.4, and the obsolete syntax of §4.4). One pass from left to right, whatever it
// is; groups do not nest. Names may be encoded words also where these are quoted or hold commas, as some senders do.
AddressList parse_addresses(std::string_view raw, Charsets& charsets, std::size_t entries_max);

}  // namespace millrace::smtp::mime
