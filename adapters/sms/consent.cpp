#include "adapters/sms/consent.hpp"

#include <algorithm>
#include <cstddef>

namespace millrace::sms {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::size_t kWordsMax = 64;  // Bytes: longer texts are none of those.

// With one blank between words.
std::string folded(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (kBlank.find(c) != kBlank.npos) {
            if (!result.empty() && result.back() != ' ') result += ' ';
        } else {
            result += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
    }
    if (result.ends_with(' ')) result.pop_back();
    return result;
}

bool has(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::optional<ConsentWord> consent_of(std::string_view text, const ConsentWords& words) {
    if (text.size() > kWordsMax) return std::nullopt;
    std::string word = folded(text);
    if (has(words.stop, word)) return ConsentWord{v1::Sms::Consent::STOP, std::move(word)};
    if (has(words.start, word)) return ConsentWord{v1::Sms::Consent::START, std::move(word)};
    if (has(words.help, word)) return ConsentWord{v1::Sms::Consent::HELP, std::move(word)};
    return std::nullopt;
}

std::string keyword_of(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(kBlank);
    if (begin == text.npos) return {};
    text.remove_prefix(begin);
    return folded(text.substr(0, text.find_first_of(kBlank)));
}

}  // namespace millrace::sms
