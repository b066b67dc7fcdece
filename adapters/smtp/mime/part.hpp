#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/smtp/mime/content_field.hpp"
#include "adapters/smtp/mime/content_reader.hpp"

namespace millrace::smtp::mime {

enum class Disposition : std::uint8_t { none, inline_, attachment };

// One part of a MIME tree. Places are in `source`.
struct Part {
    enum class Kind : std::uint8_t {
        leaf,
        multipart,  // Its children are the parts.
        message,    // message/rfc822 or message/global: its one child is the message.
    };

    std::uint32_t parent = 0;  // Its number. Of the first: 0.
    std::uint32_t depth = 0;
    std::optional<std::uint32_t> within;  // The part whose decoded content is the source. Absent: the raw message is.
    std::string_view source;
    Kind kind = Kind::leaf;

    // Where the part does not say, or nobody can read it, the default of RFC 2045 §5.2 and RFC 2046 §5.1.5.
    std::string type = "text/plain";
    std::vector<Parameter> parameters;  // Of Content-Type.
    Disposition disposition = Disposition::none;
    Encoding encoding = Encoding::identity;
    std::string file_name;  // As the sender wrote it, decoded. Empty: none.
    std::string content_id;
    std::string location;
    std::string description;

    std::size_t header_begin = 0;
    std::size_t header_size = 0;  // With the empty line.
    std::size_t begin = 0;
    std::size_t size = 0;  // Of the encoded content, without the line end before a boundary.

    std::string_view content() const { return source.substr(begin, size); }

    // Of Content-Type; empty where it is not there.
    std::string_view parameter(std::string_view name) const {
        for (const Parameter& parameter : parameters) {
            if (parameter.name == name) return parameter.value;
        }
        return {};
    }
};

}  // namespace millrace::smtp::mime
