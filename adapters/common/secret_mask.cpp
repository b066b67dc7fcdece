#include "adapters/common/secret_mask.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstring>

#include "adapters/common/base64.hpp"

namespace millrace {
namespace {

constexpr std::string_view kHidden = "***";
constexpr std::size_t kBeginningMin = 4;

constexpr std::string_view kHexUpper = "0123456789ABCDEF";
constexpr std::string_view kHexLower = "0123456789abcdef";

// A way to percent-encode: what stands as it is besides letters and digits, and whether a blank becomes a plus.
struct Encoding {
    std::string_view plain;
    bool has_plus;
};
constexpr Encoding kEncodings[] = {
    {"-._~", false},               // RFC 3986
    {"-._~!*'()", false},          // browsers' and Node's components
    {"-._~!$&'()*+,;=:@", false},  // a path's segment
    {"-._*", true},                // forms
    {"-._~", true},                // forms, of many libraries
};

std::string percent_encoded(std::string_view bytes, const Encoding& encoding, std::string_view digits) {
    std::string result;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) || encoding.plain.find(c) != std::string_view::npos) {
            result += c;
        } else if (c == ' ' && encoding.has_plus) {
            result += '+';
        } else {
            result += '%';
            result += digits[byte >> 4];
            result += digits[byte & 15];
        }
    }
    return result;
}

std::string in_json(std::string_view text, bool escapes_slash) {
    std::string result;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\' || (c == '/' && escapes_slash)) {
            result += '\\';
            result += c;
        } else if (byte < 0x20) {
            result.append("\\u00").append(1, kHexLower[byte >> 4]).append(1, kHexLower[byte & 15]);
        } else {
            result += c;
        }
    }
    return result;
}

// Without padding, so that it is found with and without.
std::string base64(std::string_view bytes) {
    std::string text = base64_encoded(bytes);
    while (text.ends_with('=')) text.pop_back();
    return text;
}

void add_forms(std::string_view secret, std::vector<std::string>& forms) {
    forms.emplace_back(secret);
    for (const Encoding& encoding : kEncodings) {
        forms.push_back(percent_encoded(secret, encoding, kHexUpper));
        forms.push_back(percent_encoded(secret, encoding, kHexLower));
    }
    forms.push_back(in_json(secret, false));
    forms.push_back(in_json(secret, true));
    forms.push_back(base64(secret));
}

void wipe(std::string& secret) { ::explicit_bzero(secret.data(), secret.size()); }

}  // namespace

SecretMask::SecretMask(const std::vector<std::string>& secrets) {
    for (const std::string& secret : secrets) {
        if (!secret.empty()) add_forms(secret, forms_);
    }
    std::sort(forms_.begin(), forms_.end(), [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
    forms_.erase(std::unique(forms_.begin(), forms_.end()), forms_.end());
}

SecretMask::~SecretMask() {
    for (std::string& form : forms_) wipe(form);
}

std::string SecretMask::hide(std::string text) const {
    for (const std::string& form : forms_) {
        for (std::size_t at = 0; (at = text.find(form, at)) != text.npos; at += kHidden.size()) {
            text.replace(at, form.size(), kHidden);
        }
    }
    for (const std::string& form : forms_) {
        const std::size_t longest = std::min(text.size(), form.size() - 1);
        for (std::size_t size = longest; size >= kBeginningMin; --size) {
            if (std::string_view(text).substr(text.size() - size) != std::string_view(form).substr(0, size)) continue;
            text.replace(text.size() - size, size, kHidden);
            break;
        }
    }
    return text;
}

}  // namespace millrace
