#pragma once

#include <cstddef>
#include <string_view>

#include "adapters/smtp/mime/boundaries.hpp"
#include "adapters/smtp/mime/defects.hpp"
#include "adapters/smtp/mime/lines.hpp"

namespace millrace::smtp::mime {

// Views of the message that it was read from.
struct Field {
    std::string_view name;   // Without the colon and the blanks before it. Not empty.
    std::string_view value;  // From the colon to the end of the field, folds and all, without the last line's end.
    std::size_t offset;      // Of the name.
};

// The fields of one header section, one after the other (RFC 5322 §2.2). Lines that are none:
// - the `From ` of an mbox before the first one is left out;
// - one that is followed by a field is left out (no_colon);
// - any other ends the section, and the content begins with it (no_separator).
// A line that separates parts ends it too.
class HeaderReader {
  public:
    // All outlive the reader.
    HeaderReader(std::string_view raw, std::size_t begin, const Boundaries& boundaries, std::uint32_t part,
                 Defects& defects)
        : raw_(raw), at_(begin), begin_(begin), boundaries_(boundaries), part_(part), defects_(defects) {}

    // -> Whether there was another.
    bool next(Field& field);

    // When there are no more: where the section ends, the empty line included, and the content begins.
    std::size_t content() const { return at_; }

    // So far.
    std::size_t size() const { return at_ - begin_; }

  private:
    // The length of the name of the field that this line begins with; 0: it begins with none.
    std::size_t name_size(const Line& line) const;
    bool is_followed_by_field(const Line& line) const;
    void take_folds(Line& line) const;

    std::string_view raw_;
    std::size_t at_;
    std::size_t begin_;
    const Boundaries& boundaries_;
    std::uint32_t part_;
    Defects& defects_;
};

}  // namespace millrace::smtp::mime
