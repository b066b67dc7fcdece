#include "gateway/core/mask.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace millrace {

Mask::Mask(std::vector<std::string> secrets) : secrets_(std::move(secrets)) {
    std::ranges::sort(secrets_, std::greater<>(), &std::string::size);
}

Mask::~Mask() {
    for (std::string& secret : secrets_) ::explicit_bzero(secret.data(), secret.size());
}

std::string Mask::hide(std::string text) const {
    constexpr std::string_view kHidden = "***";
    for (const std::string& secret : secrets_) {
        for (std::size_t at = 0; (at = text.find(secret, at)) != text.npos; at += kHidden.size()) {
            text.replace(at, secret.size(), kHidden);
        }
    }
    return text;
}

}  // namespace millrace
