#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "adapters/sms/codec.hpp"

// What providers sign, as one text: each of them puts the parts of a request together in a way of its own.
namespace millrace::sms {

// Beside the request itself.
struct SignedParts {
    Payload& payload;
    std::string_view nonce;
    std::string_view time;  // As the provider wrote it.
};

// A provider may sign the URL in one of several forms, and does not say in which: each is a variant, from 0, the most
// likely first. `text` has it, and `form` a name for it, or nothing where there is one form only. False: there is no
// such variant.
using SignedText = bool (*)(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view& form);

// The URL and the fields of a form, sorted by name, each value once: Twilio. Of a request that is no form the URL
// alone.
bool url_and_fields(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view& form);

// `&name=value` of all fields but `sig`, sorted, with `_` for `&` and `=` in values: Vonage's SMS API.
bool ampersand_fields(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view& form);

// The URL and the fields of a form, sorted, all values: Plivo, at first.
bool url_and_all_fields(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view& form);

// The URL without its query, and the nonce: Plivo V2.
bool bare_url_nonce(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view& form);

// The URL with its query sorted, the sorted fields of a form, and the nonce, between full stops: Plivo V3. Of GET and
// POST only.
bool sorted_url_fields_nonce(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view& form);

// The time, the query sorted and encoded anew, and the SHA-256 of the body, a line each: MessageBird, before its JWTs.
bool time_query_digest(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view& form);

// The time, `|`, the body: Telnyx.
bool time_body(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view& form);

// The body, the nonce, the time, between full stops: Sinch.
bool body_nonce_time(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view& form);

// The nonce, which is the message's id, the time, the body, between full stops: Standard Webhooks.
bool nonce_time_body(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view& form);

// The body: Sinch, of numbers.
bool body_alone(const SignedParts& parts, std::size_t variant, std::string& text, std::string_view& form);

}  // namespace millrace::sms
