#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "adapters/smtp/mime/ascii.hpp"

namespace millrace::smtp::mime {

// Reads the lexical tokens of structured header fields (RFC 5322 §3.2) from left to right, folds and all.
class FieldCursor {
  public:
    explicit FieldCursor(std::string_view text) : text_(text) {}

    bool is_done() const { return at_ >= text_.size(); }
    std::size_t at() const { return at_; }
    char peek() const { return is_done() ? '\0' : text_[at_]; }
    std::string_view rest() const { return text_.substr(at_); }
    std::string_view since(std::size_t begin) const { return text_.substr(begin, at_ - begin); }
    void skip(std::size_t size = 1) { at_ = std::min(at_ + size, text_.size()); }

    // Blanks, folds and comments. The text of the last comment, without its parentheses, goes to `comment`.
    void skip_blanks(std::string* comment = nullptr) {
        while (!is_done()) {
            if (is_space(peek())) {
                ++at_;
            } else if (peek() == '(') {
                skip_comment(comment);
            } else {
                return;
            }
        }
    }

    // At a `"`: appends what is quoted, without escapes and folds. -> Whether a quote ends it.
    bool read_quoted(std::string& out) {
        for (++at_; !is_done(); ++at_) {
            const char c = text_[at_];
            if (c == '"') return ++at_, true;
            if (c == '\r' || c == '\n') continue;
            if (c == '\\' && at_ + 1 < text_.size()) ++at_;
            out += text_[at_];
        }
        return false;
    }

  private:
    // At a `(`. Comments nest; one that does not end goes to the end of the field.
    void skip_comment(std::string* comment) {
        if (comment != nullptr) comment->clear();
        std::size_t depth = 0;
        for (; !is_done(); ++at_) {
            const char c = text_[at_];
            const bool is_escape = c == '\\' && at_ + 1 < text_.size();
            if (is_escape) ++at_;
            if (!is_escape && c == ')' && --depth == 0) return static_cast<void>(++at_);
            if (comment != nullptr && depth > 0) *comment += text_[at_];
            if (!is_escape && c == '(') ++depth;
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace millrace::smtp::mime
