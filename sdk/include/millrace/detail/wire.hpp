#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// Just enough of the protobuf wire format to find one field without parsing the message.
namespace millrace::inline sdk::detail {

class WireReader {
  public:
    struct Field {
        std::uint64_t number;
        std::string_view value;     // Of a length-delimited field, else empty.
        std::uint64_t integer = 0;  // Of a varint, else 0.
    };

    explicit WireReader(std::string_view bytes) : rest_(bytes) {}

    // The next field, or nothing at the end and at what is cut off or malformed.
    std::optional<Field> next() {
        const std::optional<std::uint64_t> tag = varint();
        if (!tag) return std::nullopt;
        Field field{*tag >> 3, {}};
        switch (*tag & 7) {
            case 0: {
                const std::optional<std::uint64_t> integer = varint();
                field.integer = integer.value_or(0);
                return integer ? std::optional(field) : std::nullopt;
            }
            case 1:
                return take(8) ? std::optional(field) : std::nullopt;
            case 5:
                return take(4) ? std::optional(field) : std::nullopt;
            case 2:
                break;
            default:
                return std::nullopt;
        }
        const std::optional<std::uint64_t> size = varint();
        const std::optional<std::string_view> value = size ? take(*size) : std::nullopt;
        if (!value) return std::nullopt;
        field.value = *value;
        return field;
    }

  private:
    std::optional<std::uint64_t> varint() {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < rest_.size() && i < 10; ++i) {
            const auto byte = static_cast<unsigned char>(rest_[i]);
            value |= std::uint64_t{byte & 0x7fu} << (7 * i);
            if (byte < 0x80) return rest_.remove_prefix(i + 1), value;
        }
        return std::nullopt;
    }

    std::optional<std::string_view> take(std::uint64_t size) {
        if (size > rest_.size()) return std::nullopt;
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return taken;
    }

    std::string_view rest_;
};

// The last field of this number; empty where there is none.
inline WireReader::Field find_field(std::string_view message, std::uint64_t number) {
    WireReader::Field found{number, {}};
    WireReader fields(message);
    while (const auto field = fields.next()) {
        if (field->number == number) found = *field;
    }
    return found;
}

// The value of an entry of ChannelMessage.attributes; of two with the same key the last counts.
inline std::optional<std::string_view> find_attribute(std::string_view message, std::string_view key) {
    constexpr std::uint64_t kAttributes = 10;
    std::optional<std::string_view> found;
    WireReader fields(message);
    while (const auto field = fields.next()) {
        if (field->number != kAttributes) continue;
        std::string_view entry_key, entry_value;
        WireReader entry(field->value);
        while (const auto part = entry.next()) (part->number == 1 ? entry_key : entry_value) = part->value;
        if (entry_key == key) found = entry_value;
    }
    return found;
}

}  // namespace millrace::inline sdk::detail
