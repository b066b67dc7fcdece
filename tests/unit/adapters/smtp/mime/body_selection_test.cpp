#include "adapters/smtp/mime/body_selection.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace millrace::smtp::mime {
namespace {

// One part a word: as many dots as it is deep, its type (t, h, i, p for text/plain, text/html, image/png,
// application/pdf; mixed, alternative, related; message), `!` for an attachment, `=` for one with a name.
std::vector<Part> parts_of(const std::string& words) {
    std::vector<Part> parts;
    std::vector<std::uint32_t> path;
    std::istringstream in(words);
    for (std::string word; in >> word;) {
        Part part;
        part.depth = static_cast<std::uint32_t>(word.find_first_not_of('.'));
        word.erase(0, part.depth);
        if (word.ends_with('!')) part.disposition = Disposition::attachment;
        if (word.ends_with('=')) part.file_name = "x";
        if (word.ends_with('!') || word.ends_with('=')) word.pop_back();
        path.resize(part.depth + 1);
        path[part.depth] = static_cast<std::uint32_t>(parts.size());
        if (part.depth > 0) part.parent = path[part.depth - 1];
        if (word == "t") part.type = "text/plain";
        if (word == "h") part.type = "text/html";
        if (word == "i") part.type = "image/png";
        if (word == "p") part.type = "application/pdf";
        if (word == "message") part.type = "message/rfc822", part.kind = Part::Kind::message;
        if (word.size() > 1 && word != "message") part.type = "multipart/" + word, part.kind = Part::Kind::multipart;
        parts.push_back(std::move(part));
    }
    return parts;
}

struct Case {
    const char* parts;
    std::vector<std::uint32_t> text;
    std::vector<std::uint32_t> html;
    std::vector<std::uint32_t> attachments;
};

TEST(BodySelection, is_that_of_rfc_8621) {
    const Case cases[] = {
        {"t", {0}, {0}, {}},
        {"h", {0}, {0}, {}},
        {"p", {}, {}, {0}},
        {"t!", {}, {}, {0}},
        {"i", {0}, {0}, {}},
        {"mixed .t .p", {1}, {1}, {2}},
        {"mixed .t .t= .t", {1, 3}, {1, 3}, {2}},
        {"mixed .t= .t", {1, 2}, {1, 2}, {}},
        {"mixed .t .i= .t", {1, 2, 3}, {1, 2, 3}, {}},
        {"alternative .t .h", {1}, {2}, {}},
        {"alternative .t", {1}, {1}, {}},
        {"alternative .h", {1}, {1}, {}},
        {"alternative .t .h .p", {1}, {2}, {3}},
        {"alternative .t .h .i", {1}, {2}, {3}},
        {"mixed .alternative ..t ..h .p", {2}, {3}, {4}},
        {"related .h .i .i", {1}, {1}, {2, 3}},
        {"alternative .t .related ..h ..i", {1}, {3}, {4}},
        {"alternative .mixed ..t ..i ..h", {2, 3}, {2, 3}, {3, 4}},
        {"mixed .message ..t .t", {3}, {3}, {1}},
        // The example of the RFC, without its names.
        {"mixed .t .mixed ..alternative ...mixed ....t ....i! ....t ....i! ...related ....h ....i ..i! ..p .t",
         {1, 5, 7, 14},
         {1, 10, 14},
         {6, 8, 11, 12, 13}},
        {"mixed", {}, {}, {}},
        {"alternative .alternative ..t .alternative ..h", {2, 4}, {2, 4}, {}},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.parts);
        const BodySelection bodies = select_bodies(parts_of(c.parts));
        EXPECT_EQ(bodies.text, c.text);
        EXPECT_EQ(bodies.html, c.html);
        EXPECT_EQ(bodies.attachments, c.attachments);
    }
}

}  // namespace
}  // namespace millrace::smtp::mime
