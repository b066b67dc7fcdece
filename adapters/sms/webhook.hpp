#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "adapters/common/http/request.hpp"

// A provider's request, as it came.
namespace millrace::sms {

using http::Header;

// Borrows everything.
struct Webhook {
    std::string_view method;  // `POST`
    // What the provider was told to call, as far as anybody can know: the origin of `public_url`, and the request
    // target as it came.
    std::string_view url;
    std::span<const Header> headers;
    std::string_view body;

    // The value without the blanks around it. Absent where the header is not there, and where it is there twice: who
    // reads the first and who reads the last would not agree.
    std::optional<std::string_view> header(std::string_view name) const;
};

// Of an `Authorization`: what stands behind `Basic ` or `Bearer `, whose case does not matter (RFC 9110 §11.1). Absent
// where it is another scheme.
std::optional<std::string_view> credentials_of(std::string_view authorization, std::string_view scheme);

}  // namespace millrace::sms
