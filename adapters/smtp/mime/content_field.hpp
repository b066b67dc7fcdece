#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/smtp/mime/charsets.hpp"

namespace millrace::smtp::mime {

struct Parameter {
    std::string name;   // Lower case, without what RFC 2231 appends to it.
    std::string value;  // Decoded, valid UTF-8.
};

// The value of a Content-Type or Content-Disposition field (RFC 2045 §5.1, RFC 2183, RFC 2231).
struct ContentField {
    std::string value;  // Lower case, without blanks: `text/plain`, `attachment`. Empty: nothing can be read.

    // In the order in which they began, each once: of several of one name the first counts, but those of RFC 2231 count
    // more than others. Sections of one parameter are joined in the order of their numbers, up to the first gap.
    std::vector<Parameter> parameters;

    bool is_sound = true;  // Nothing had to be guessed or left out.
    bool is_cut = false;   // There were more parameters than may be.

    // Of a parameter; empty where it is not there.
    std::string_view find(std::string_view name) const;
};

// Comments are left out. Values may be unquoted though they should not be, end without a quote, and have encoded words
// (RFC 2047) in them, as many do. At most `parameters_max` parameters are read.
ContentField parse_content_field(std::string_view raw, Charsets& charsets, std::size_t parameters_max);

}  // namespace millrace::smtp::mime
