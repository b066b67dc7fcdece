#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/sms/signature_scheme.hpp"

// Signing as a provider does: for tests, and for who wants to try a webhook by hand.
namespace millrace::sms {

// A request to sign, which has what belongs to it of its own: signing adds headers, and where the scheme wants it a
// field to the query, the form or the JSON object.
struct Draft {
    std::string method = "POST";
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;  // `content-type` with them, where there is a body.
    std::string body;
};

struct Signer {
    const SignatureScheme* scheme;
    std::string
        secret;  // As SignatureVerifier::make() has it; of `telnyx` the private key's seed of 32 bytes in base64.
    std::string account;  // That a token names; else not used.
    std::string nonce;    // Of schemes that have one; the id of a token.
    std::int64_t now_s;   // Since 1970-01-01 UTC.
};

// What is wrong, as a sentence without its end, and the request is as it was; empty where it is signed.
std::string sign(const Signer& signer, Draft& draft);

}  // namespace millrace::sms
