#pragma once

#include <cstddef>

namespace millrace::smtp::mime {

// How much of a mail is read. What is beyond a limit is never refused: it stays in the raw message, and a defect says
// so. With them the time is linear in the size of a mail, and the memory beside the mail itself is bounded.
struct Limits {
    std::size_t header_bytes = 1024 * 1024;           // Of the header section of a message or a part.
    std::size_t fields = 1000;                        // In one header section.
    std::size_t field_bytes = 64 * 1024;              // Of one field.
    std::size_t part_field_bytes = 8 * 1024;          // Of one `Content-` field.
    std::size_t entries = 1000;                       // Addresses or ids in one field.
    std::size_t parameters = 64;                      // Of one field, the sections of RFC 2231 counted each.
    std::size_t boundary_bytes = 200;                 // RFC 2046 allows 70.
    std::size_t depth = 64;                           // Of parts within parts. The message itself has depth 0.
    std::size_t parts = 1000;                         // With the message itself.
    std::size_t encoded_message_bytes = 1024 * 1024;  // Of a message in base64 or quoted-printable that is looked into.
    std::size_t encoded_messages = 3;                 // Such messages within each other.
    std::size_t text_bytes = 256 * 1024;              // Of the decoded text and, separately, of the html.
};

}  // namespace millrace::smtp::mime
