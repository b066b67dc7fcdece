#pragma once

#include <cstdint>

#include "adapters/smtp/mime/header_reader.hpp"
#include "adapters/smtp/mime/part.hpp"
#include "adapters/smtp/mime/reading.hpp"

namespace millrace::smtp::mime {

// Reads the `Content-` fields of one part into it. Of two of a name the first counts.
class PartHeader {
  public:
    // All outlive the reader. `number` is that of the part.
    PartHeader(Part& part, std::uint32_t number, const Reading& reading)
        : part_(part), number_(number), limits_(reading.limits), charsets_(reading.charsets),
          defects_(reading.defects) {}

    void take(const Field& field);

  private:
    enum Seen : unsigned { type = 1, encoding = 2, disposition = 4, id = 8, location = 16, description = 32 };

    void take_type(const Field& field);
    void take_encoding(const Field& field);
    void take_disposition(const Field& field);
    ContentField parse(const Field& field);
    std::string text(const Field& field);
    bool is_first(Seen what, const Field& field);

    Part& part_;
    std::uint32_t number_;
    const Limits& limits_;
    Charsets& charsets_;
    Defects& defects_;
    unsigned seen_ = 0;
};

}  // namespace millrace::smtp::mime
