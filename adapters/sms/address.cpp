#include "adapters/sms/address.hpp"

#include <algorithm>

#include "adapters/common/utf8.hpp"

namespace millrace::sms {
namespace {

constexpr std::size_t kDigitsMax = 15;
constexpr std::size_t kShortCodeMin = 3;
constexpr std::size_t kShortCodeMax = 8;
constexpr std::size_t kNameMax = 11;

bool are_digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_e164(std::string_view text) {
    if (!text.starts_with('+')) return false;
    text.remove_prefix(1);
    return are_digits(text) && text.front() != '0' && text.size() >= 2 && text.size() <= kDigitsMax;
}

bool is_name(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
    return text.size() <= kNameMax && std::any_of(text.begin(), text.end(), is_letter) &&
           std::all_of(text.begin(), text.end(), is_printable);
}

}  // namespace

v1::Sms::Address address_of(std::string_view raw, Numbers numbers) {
    v1::Sms::Address address;
    address.set_raw(as_utf8(raw));
    const std::size_t colon = raw.find(':');
    if (colon != raw.npos && colon > 0) {
        address.set_kind(v1::Sms::Address::CHANNEL);
        if (is_e164(raw.substr(colon + 1))) address.set_e164(std::string(raw.substr(colon + 1)));
        return address;
    }
    const bool is_international = numbers == Numbers::international && are_digits(raw) && raw.size() >= kShortCodeMax &&
                                  raw.size() <= kDigitsMax && raw.front() != '0';
    if (is_e164(raw) || is_international) {
        address.set_kind(v1::Sms::Address::E164);
        address.set_e164((is_international ? "+" : "") + std::string(raw));
    } else if (are_digits(raw) && raw.size() >= kShortCodeMin && raw.size() <= kShortCodeMax) {
        address.set_kind(v1::Sms::Address::SHORT_CODE);
    } else if (is_name(raw)) {
        address.set_kind(v1::Sms::Address::ALPHANUMERIC);
    }
    return address;
}

const std::string& key_of(const v1::Sms::Address& address) {
    return address.e164().empty() || address.kind() == v1::Sms::Address::CHANNEL ? address.raw() : address.e164();
}

std::string_view without_plus(std::string_view address) { return is_e164(address) ? address.substr(1) : address; }

}  // namespace millrace::sms
