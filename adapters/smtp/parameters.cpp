#include "adapters/smtp/parameters.hpp"

#include <algorithm>

#include "adapters/smtp/ascii.hpp"

namespace millrace::smtp {
namespace {

struct Parameter {
    std::string_view keyword;
    std::string_view value;
    bool has_value;
};

std::optional<Parameter> take_parameter(std::string_view& text) {
    text = trimmed(text);
    const std::string_view word = text.substr(0, text.find_first_of(" \t"));
    text.remove_prefix(word.size());
    const std::size_t equals = word.find('=');
    const Parameter parameter{word.substr(0, equals), equals == word.npos ? "" : word.substr(equals + 1),
                              equals != word.npos};
    const auto is_of_keyword = [](char c) { return is_letter_or_digit(c) || c == '-'; };
    if (parameter.keyword.empty() || parameter.keyword.front() == '-') return std::nullopt;
    if (!std::all_of(parameter.keyword.begin(), parameter.keyword.end(), is_of_keyword)) return std::nullopt;
    const auto is_of_value = [](char c) { return !is_control(c) && c != '='; };
    if (parameter.has_value && parameter.value.empty()) return std::nullopt;
    if (!std::all_of(parameter.value.begin(), parameter.value.end(), is_of_value)) return std::nullopt;
    return parameter;
}

// RFC 1870 §3: 1 to 20 digits.
std::optional<std::uint64_t> parse_size(std::string_view digits) {
    if (digits.empty() || digits.size() > 20 || !std::all_of(digits.begin(), digits.end(), is_digit))
        return std::nullopt;
    std::uint64_t size = 0;
    for (const char digit : digits) {
        const auto value = static_cast<std::uint64_t>(digit - '0');
        if (size > (UINT64_MAX - value) / 10) return UINT64_MAX;
        size = size * 10 + value;
    }
    return size;
}

std::optional<unsigned> hex_digit(char c) {
    if (is_digit(c)) return static_cast<unsigned>(c - '0');
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

// xtext of RFC 3461 §4. A character that may not stand for itself, or hides a control character, is an error.
std::optional<std::string> parse_xtext(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '+') {
            if (text[i] < '!' || text[i] > '~') return std::nullopt;
            decoded += text[i];
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        const std::optional<unsigned> high = hex_digit(text[i + 1]);
        const std::optional<unsigned> low = hex_digit(text[i + 2]);
        if (!high || !low) return std::nullopt;
        const char c = static_cast<char>(*high * 16 + *low);
        if (is_control(c)) return std::nullopt;
        decoded += c;
        i += 2;
    }
    return decoded;
}

bool set_body(std::string_view value, MailParameters& parameters) {
    if (is_word(value, "8BITMIME")) {
        parameters.body = BodyType::eight_bit;
        return true;
    }
    return is_word(value, "7BIT");
}

bool set_submitter(std::string_view value, MailParameters& parameters) {
    parameters.submitter = parse_xtext(value);
    if (parameters.submitter == "<>") parameters.submitter = "";
    return parameters.submitter.has_value();
}

constexpr unsigned kSize = 1;
constexpr unsigned kBody = 2;
constexpr unsigned kSmtpUtf8 = 4;
constexpr unsigned kAuth = 8;

unsigned keyword_of(std::string_view keyword) {
    if (is_word(keyword, "SIZE")) return kSize;
    if (is_word(keyword, "BODY")) return kBody;
    if (is_word(keyword, "SMTPUTF8")) return kSmtpUtf8;
    return is_word(keyword, "AUTH") ? kAuth : 0;
}

bool set(unsigned keyword, const Parameter& parameter, MailParameters& parameters) {
    switch (keyword) {
        case kSize:
            parameters.declared_bytes = parse_size(parameter.value);
            return parameters.declared_bytes.has_value();
        case kBody:
            return set_body(parameter.value, parameters);
        case kSmtpUtf8:
            parameters.is_smtputf8 = true;
            return !parameter.has_value;
        default:
            return parameter.has_value && set_submitter(parameter.value, parameters);
    }
}

}  // namespace

Reply parse_mail_parameters(std::string_view text, MailParameters& parameters) {
    unsigned seen = 0;
    while (!trimmed(text).empty()) {
        const std::optional<Parameter> parameter = take_parameter(text);
        if (!parameter) return Reply::bad_value;
        const unsigned keyword = keyword_of(parameter->keyword);
        if (keyword == 0) return Reply::unknown_parameter;
        if ((seen & keyword) != 0 || !set(keyword, *parameter, parameters)) return Reply::bad_value;
        seen |= keyword;
    }
    parameters.are_given = seen != 0;
    return Reply::ok;
}

Reply parse_recipient_parameters(std::string_view text) {
    if (trimmed(text).empty()) return Reply::ok;
    return take_parameter(text) ? Reply::unknown_parameter : Reply::bad_value;
}

}  // namespace millrace::smtp
