#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/common/crypto.hpp"
#include "adapters/common/json.hpp"

// JSON Web Tokens in their compact form (RFC 7519, RFC 7515 §7.1), signed with HMAC (RFC 7518 §3.2). What the claims
// mean is for whoever asks for them.
namespace millrace {

struct Jwt {
    static constexpr std::size_t kBytesMax = 8 * 1024;

    std::string algorithm;      // `alg` of the header: `HS256`. Whatever the token says; never believed.
    boost::json::value claims;  // An object.
    std::string_view signed_bytes;
    std::string signature;

    JsonView claim(std::string_view name) const { return JsonView(claims)[name]; }
};

// Borrows `text`. Absent where it is longer than kBytesMax, not three parts of strict base64url, of which the first two
// are JSON objects; and where its header names extensions that have to be understood (`crit`).
std::optional<Jwt> parse_jwt(std::string_view text);

// HS256, HS384, HS512; absent for any other, `none` with them.
std::optional<Digest> hmac_digest_of(std::string_view algorithm);

// `claims` is a JSON object.
std::string make_jwt(Digest digest, std::string_view claims, std::string_view key);

}  // namespace millrace
