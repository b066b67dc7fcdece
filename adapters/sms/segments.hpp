#pragma once

#include <cstdint>
#include <string_view>

#include "millrace/v1/sms.pb.h"

// How many messages in the air a text takes (3GPP TS 23.038, 23.040): 140 octets each, 6 of which say in a longer one
// which part it is.
namespace millrace::sms {

struct Segments {
    v1::Sms::Encoding encoding;  // GSM7 or UCS2.
    std::uint32_t units;         // Septets of GSM7, of which some characters take two; else units of UTF-16.
    std::uint32_t count;         // 1 at least.
};

// One character that GSM7 has not makes all of it UCS2. No part ends within a character, nor within one that is shown
// as one: of those, flags, families, skin tones and combining marks are known here, and not all that Unicode has.
// `text` is UTF-8.
Segments count_segments(std::string_view text);

}  // namespace millrace::sms
