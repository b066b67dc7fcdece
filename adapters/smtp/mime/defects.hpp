#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace millrace::smtp::mime {

// What can be wrong with a mail. Names, numbers and meanings are those of millrace.v1.Email.Defect.
enum class Fault : std::uint8_t {
    bare_lf = 1,
    bare_cr,
    nul,
    long_line,
    no_colon,
    no_separator,
    missing_header,
    repeated_header,
    header_8bit,
    header_limit,
    bad_encoded_word,
    bad_parameter,
    bad_content_type,
    bad_address,
    bad_date,
    bad_message_id,
    missing_boundary,
    unused_boundary,
    unterminated,
    encoded_composite,
    depth_limit,
    part_limit,
    unknown_encoding,
    bad_base64,
    bad_quoted_printable,
    unknown_charset,
    bad_text,
};

struct Defect {
    Fault fault;
    std::uint32_t part;
    std::size_t offset;  // In the raw message.
};

// The defects of one mail, in the order in which they were found: one of a kind in a part, kDefectsMax in all.
class Defects {
  public:
    static constexpr std::size_t kDefectsMax = 100;

    void clear();
    void add(Fault fault, std::uint32_t part, std::size_t offset);

    const std::vector<Defect>& list() const { return list_; }
    std::uint32_t more() const { return more_; }  // That found no room in the list.

    // A limit was met.
    bool is_partial() const { return is_partial_; }

  private:
    std::vector<Defect> list_;
    std::uint32_t more_ = 0;
    std::uint32_t latest_part_ = 0;
    std::uint32_t latest_faults_ = 0;  // Bits: those that the part of the latest defect is known to have.
    bool is_partial_ = false;
};

}  // namespace millrace::smtp::mime
