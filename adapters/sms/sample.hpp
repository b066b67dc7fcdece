#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/sms/sign.hpp"

// Webhooks as providers make them, to be signed: for who tries a gateway by hand, and for tests.
namespace millrace::sms {

struct Sample {
    std::string id;
    std::string from;    // The other side,
    std::string to;      // and ours.
    std::string text;    // UTF-8.
    std::int64_t now_s;  // Since 1970-01-01 UTC.
};

// The webhook by which the provider brings such a message; nothing where there is no provider of that name. `url` is
// what it was told to call.
std::optional<Draft> sample_of(std::string_view provider, const std::string& url, const Sample& sample);

// The first scheme that its webhooks are signed by.
std::string_view default_scheme_of(std::string_view provider);

}  // namespace millrace::sms
