#include "adapters/smtp/recipients.hpp"

#include <algorithm>

#include "adapters/smtp/ascii.hpp"

namespace millrace::smtp {
namespace {

constexpr std::string_view kPostmaster = "postmaster";

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), to_lower);
    return result;
}

// `*` matches any run of characters.
bool matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = pattern.npos, resumed_at = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resumed_at = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p, ++t;
        } else if (star != pattern.npos) {
            p = star + 1;
            t = ++resumed_at;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == pattern.npos;
}

bool is_plain(std::string_view part) {
    return !part.empty() && std::none_of(part.begin(), part.end(), [](char c) { return is_control(c) || c == ' '; });
}

}  // namespace

bool Recipients::add(std::string_view text) {
    const std::string wanted = lower(text);
    if (wanted == kPostmaster) return addresses_.insert(wanted), true;
    const std::size_t at = wanted.rfind('@');
    if (at == wanted.npos) return false;
    std::string local = wanted.substr(0, at), domain = wanted.substr(at + 1);
    if (!is_plain(local) || !is_plain(domain) || local.find('@') != local.npos) return false;
    if (wanted.find('*') == wanted.npos)
        addresses_.insert(wanted);
    else
        patterns_.push_back({std::move(local), std::move(domain)});
    return true;
}

bool Recipients::take(const Mailbox& mailbox) const {
    const std::string local = lower(mailbox.local), domain = lower(mailbox.domain);
    if (domain.empty()) return addresses_.contains(kPostmaster.data());
    if (addresses_.contains(local + "@" + domain)) return true;
    return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
        return matches(pattern.domain, domain) && matches(pattern.local, local);
    });
}

}  // namespace millrace::smtp
