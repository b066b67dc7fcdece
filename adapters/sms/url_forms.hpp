#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// The forms of a URL that Twilio may have signed: with a port or without, with the query as it came, as the WHATWG's
// URLs write it, or taken apart and put together again.
namespace millrace::sms {

inline constexpr std::size_t kUrlForms = 6;

struct UrlForm {
    std::string_view name;  // `port`, `escaped`, ..; `plain` is the first.
    std::string url;
};

// `number` is below kUrlForms. Forms that are another again are not left out.
UrlForm url_form(std::string_view url, std::size_t number);

}  // namespace millrace::sms
