#pragma once

#include <cstdint>
#include <vector>

#include "adapters/smtp/mime/part.hpp"

namespace millrace::smtp::mime {

// Which parts are the mail's text, which its html, and which are neither: RFC 8621 §4.1.4. Numbers of leaves and
// messages, in their order. A part may be in both bodies, and is then no attachment; one that the algorithm puts
// nowhere is one.
struct BodySelection {
    std::vector<std::uint32_t> text;
    std::vector<std::uint32_t> html;
    std::vector<std::uint32_t> attachments;
};

// What is within a message that is a part belongs to that message.
BodySelection select_bodies(const std::vector<Part>& parts);

}  // namespace millrace::smtp::mime
