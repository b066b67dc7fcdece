#include "adapters/sms/webhook.hpp"

#include <algorithm>

namespace millrace::sms {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t";
    const std::size_t begin = text.find_first_not_of(kBlank);
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

}  // namespace

std::optional<std::string_view> Webhook::header(std::string_view name) const {
    std::optional<std::string_view> found;
    for (const Header& it : headers) {
        if (!is_same_word(it.name, name)) continue;
        if (found) return std::nullopt;
        found = trimmed(it.value);
    }
    return found;
}

std::optional<std::string_view> credentials_of(std::string_view authorization, std::string_view scheme) {
    const std::size_t space = authorization.find(' ');
    if (space == authorization.npos || !is_same_word(authorization.substr(0, space), scheme)) return std::nullopt;
    return trimmed(authorization.substr(space));
}

}  // namespace millrace::sms
