#include <algorithm>
#include <array>

#include "gateway/core/yaml.hpp"

namespace millrace {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, text) != words.end();
}

std::string_view without_sign(std::string_view text) {
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    return text;
}

std::string_view skip_digits(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of("0123456789"), text.size()));
}

bool is_integer(std::string_view text) {
    if (text.starts_with("0x"))
        return text.size() > 2 && text.find_first_not_of("0123456789abcdefABCDEF", 2) == text.npos;
    if (text.starts_with("0o")) return text.size() > 2 && text.find_first_not_of("01234567", 2) == text.npos;
    text = without_sign(text);
    return !text.empty() && skip_digits(text).empty();
}

bool is_real(std::string_view text) {
    if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return true;
    text = without_sign(text);
    if (is_one_of(text, {".inf", ".Inf", ".INF"})) return true;
    bool digits = !text.empty() && is_digit(text[0]);
    text = skip_digits(text);
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        digits = digits || (!text.empty() && is_digit(text[0]));
        text = skip_digits(text);
    }
    if (!digits) return false;
    if (text.empty()) return true;
    if (text[0] != 'e' && text[0] != 'E') return false;
    text = without_sign(text.substr(1));
    return !text.empty() && skip_digits(text).empty();
}

}  // namespace

YamlType type_of(const YamlNode& scalar) {
    if (scalar.is_quoted) return YamlType::text;
    if (is_one_of(scalar.text, {"", "~", "null", "Null", "NULL"})) return YamlType::null;
    if (is_one_of(scalar.text, {"true", "True", "TRUE", "false", "False", "FALSE"})) return YamlType::boolean;
    if (is_integer(scalar.text)) return YamlType::integer;
    if (is_real(scalar.text)) return YamlType::real;
    return YamlType::text;
}

}  // namespace millrace
