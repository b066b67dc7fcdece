#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/smtp/mime/header_reader.hpp"
#include "adapters/smtp/mime/part.hpp"
#include "adapters/smtp/mime/reading.hpp"

namespace millrace::smtp::mime {

// A message taken apart: views of the raw message and of `decoded`.
struct Structure {
    std::vector<Field> fields;        // Of the message's own header section, the first Limits::fields of them.
    std::vector<Part> parts;          // The tree, a part before those in it. The first is the message itself.
    std::deque<std::string> decoded;  // Messages that came encoded: sources of parts.
};

// Takes any bytes apart, in one pass without recursion: what is not as RFC 5322 and RFC 2046 say is a defect, and each
// has a way of reading that is written down with its code (millrace.v1.Email.Defect). `structure` keeps its memory.
void parse_structure(std::string_view raw, const Reading& reading, Structure& structure);

}  // namespace millrace::smtp::mime
