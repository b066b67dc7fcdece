#include "adapters/smtp/mime/message_ids.hpp"

#include "adapters/common/utf8.hpp"
#include "adapters/smtp/mime/field_cursor.hpp"

namespace millrace::smtp::mime {
namespace {

// What is between the brackets, without blanks: long ids come folded.
std::string clean(std::string_view text) {
    std::string id;
    for (const char c : text) {
        if (!is_space(c)) id += c;
    }
    return as_name(id);
}

void add(MessageIds& result, std::string id, std::size_t entries_max) {
    if (id.empty()) {
        result.is_sound = false;
    } else if (result.ids.size() == entries_max) {
        result.is_cut = true;
    } else {
        result.ids.push_back(std::move(id));
    }
}

}  // namespace

MessageIds parse_message_ids(std::string_view raw, std::size_t entries_max) {
    MessageIds result;
    const bool has_brackets = raw.find('<') != std::string_view::npos;
    FieldCursor cursor(raw);
    cursor.skip_blanks();
    while (!cursor.is_done() && !result.is_cut) {
        const bool is_bracket = cursor.peek() == '<';
        if (is_bracket) cursor.skip();
        const std::size_t begin = cursor.at();
        while (!cursor.is_done() && cursor.peek() != '<' && cursor.peek() != '>' &&
               (is_bracket || !is_space(cursor.peek()))) {
            cursor.skip();
        }
        if (!is_bracket || cursor.peek() != '>') result.is_sound = false;
        if (is_bracket || !has_brackets) add(result, clean(cursor.since(begin)), entries_max);
        if (cursor.peek() == '>') cursor.skip();
        cursor.skip_blanks();
    }
    if (result.ids.empty()) result.is_sound = false;
    return result;
}

}  // namespace millrace::smtp::mime
