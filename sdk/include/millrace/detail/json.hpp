#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The JSON of a plugin's configuration as a tree: what config.hpp reads from. Strict (RFC 8259, no key twice, at most
// 64 levels), and safe with any input. Nothing here is meant for messages.
namespace millrace::inline sdk::detail {

struct Json {
    enum class Kind { null, boolean, number, text, list, object };

    Kind kind = Kind::null;
    bool boolean = false;
    std::string text;                // The text; of a number, as it was written.
    std::vector<Json> items;         // Of a list, or the values of an object.
    std::vector<std::string> names;  // Of an object's values, in the same order.

    // As a whole number: no fraction, no exponent, within 64 bits.
    std::optional<std::int64_t> integer() const {
        std::int64_t value = 0;
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value);
        if (kind != Kind::number || error != std::errc() || stop != end) return std::nullopt;
        return value;
    }

    const char* kind_name() const {
        constexpr const char* kNames[] = {"nothing", "true or false", "a number", "a text", "a list", "an object"};
        return kNames[static_cast<int>(kind)];
    }
};

class JsonReader {
  public:
    explicit JsonReader(std::string_view input) : rest_(input) {}

    // The value that the whole input is, or nothing; then error() says why.
    std::optional<Json> read() {
        Json value;
        if (!read_value(value, 0)) return std::nullopt;
        skip_space();
        if (!rest_.empty() && !fail("something follows the value")) return std::nullopt;
        return value;
    }

    const std::string& error() const { return error_; }

  private:
    static constexpr int kDepthMax = 64;

    bool fail(std::string_view text) {
        if (error_.empty()) error_ = text;
        return false;
    }

    void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

    bool take(std::string_view expected) {
        if (!rest_.starts_with(expected)) return false;
        rest_.remove_prefix(expected.size());
        return true;
    }

    bool take_after_space(std::string_view expected) {
        skip_space();
        return take(expected);
    }

    bool read_value(Json& out, int depth) {
        if (depth > kDepthMax) return fail("more than 64 levels");
        skip_space();
        if (take("{")) return read_object(out, depth);
        if (take("[")) return read_list(out, depth);
        if (take("\"")) return out.kind = Json::Kind::text, read_text(out.text);
        if (take("null")) return true;
        if (take("true")) return out.kind = Json::Kind::boolean, out.boolean = true;
        if (take("false")) return out.kind = Json::Kind::boolean, true;
        return read_number(out);
    }

    bool read_object(Json& out, int depth) {
        out.kind = Json::Kind::object;
        if (take_after_space("}")) return true;
        do {
            std::string name;
            if (!take_after_space("\"")) return fail("expected a key in quotes");
            if (!read_text(name)) return false;
            if (std::find(out.names.begin(), out.names.end(), name) != out.names.end()) {
                return fail("key `" + name + "` twice");
            }
            if (!take_after_space(":")) return fail("expected `:`");
            out.names.push_back(std::move(name));
            if (!read_value(out.items.emplace_back(), depth + 1)) return false;
        } while (take_after_space(","));
        return take_after_space("}") || fail("expected `,` or `}`");
    }

    bool read_list(Json& out, int depth) {
        out.kind = Json::Kind::list;
        if (take_after_space("]")) return true;
        do {
            if (!read_value(out.items.emplace_back(), depth + 1)) return false;
        } while (take_after_space(","));
        return take_after_space("]") || fail("expected `,` or `]`");
    }

    std::size_t take_digits(std::string& out) {
        const std::size_t count = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
        out += rest_.substr(0, count);
        rest_.remove_prefix(count);
        return count;
    }

    bool read_number(Json& out) {
        out.kind = Json::Kind::number;
        if (take("-")) out.text += '-';
        const bool leading_zero = rest_.starts_with('0');
        const std::size_t digits = take_digits(out.text);
        if (digits == 0 || (leading_zero && digits > 1)) return fail("expected a value");
        if (take(".")) {
            out.text += '.';
            if (take_digits(out.text) == 0) return fail("expected digits after `.`");
        }
        if (take("e") || take("E")) {
            out.text += 'e';
            if (take("-"))
                out.text += '-';
            else
                take("+");
            if (take_digits(out.text) == 0) return fail("expected digits after `e`");
        }
        return true;
    }

    bool read_text(std::string& out) {
        for (;;) {
            if (rest_.empty()) return fail("a text without an end");
            const char next = rest_.front();
            rest_.remove_prefix(1);
            if (next == '"') return true;
            if (static_cast<unsigned char>(next) < 0x20) return fail("a control character in a text");
            if (next != '\\')
                out += next;
            else if (!read_escape(out))
                return fail("a wrong escape in a text");
        }
    }

    bool read_escape(std::string& out) {
        if (rest_.empty()) return false;
        constexpr std::string_view kFrom = "\"\\/bfnrt";
        constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
        const char letter = rest_.front();
        rest_.remove_prefix(1);
        if (const auto at = kFrom.find(letter); at != kFrom.npos) return out += kTo[at], true;
        std::uint32_t point = 0;
        if (letter != 'u' || !read_unit(point)) return false;
        if (point >= 0xdc00 && point < 0xe000) return false;
        if (point >= 0xd800 && point < 0xdc00) {
            std::uint32_t low = 0;
            if (!take("\\u") || !read_unit(low) || low < 0xdc00 || low >= 0xe000) return false;
            point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        }
        return append_utf8(out, point), true;
    }

    bool read_unit(std::uint32_t& out) {
        if (rest_.size() < 4) return false;
        const auto [stop, error] = std::from_chars(rest_.data(), rest_.data() + 4, out, 16);
        if (error != std::errc() || stop != rest_.data() + 4) return false;
        rest_.remove_prefix(4);
        return true;
    }

    static void append_utf8(std::string& out, std::uint32_t point) {
        const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((point >> shift) & 0x3f)); };
        if (point < 0x80) return void(out += static_cast<char>(point));
        if (point < 0x800) return out += static_cast<char>(0xc0 | (point >> 6)), tail(0);
        if (point < 0x10000) return out += static_cast<char>(0xe0 | (point >> 12)), tail(6), tail(0);
        out += static_cast<char>(0xf0 | (point >> 18)), tail(12), tail(6), tail(0);
    }

    std::string_view rest_;
    std::string error_;
};

}  // namespace millrace::inline sdk::detail
