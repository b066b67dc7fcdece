#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/sms/sign.hpp"
#include "adapters/sms/signature.hpp"

// Requests as providers may send them, right or wrong.
namespace millrace::sms::test {

inline constexpr const char* kFormType = "application/x-www-form-urlencoded";
inline constexpr const char* kJsonType = "application/json";

// A webhook that owns its bytes.
class Request {
  public:
    explicit Request(Draft draft) : draft(std::move(draft)) {}

    // Decoded anew, as the draft is now.
    Payload& payload() {
        headers_.clear();
        for (const auto& [name, value] : draft.headers) headers_.push_back({name, value});
        fault = payload_.decode({draft.method, draft.url, headers_, draft.body});
        return payload_;
    }

    Draft draft;
    Fault fault;

  private:
    std::vector<Header> headers_;
    Payload payload_;
};

using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

inline std::string form_of(Fields fields) {
    std::string text;
    for (const auto& [name, value] : fields) append_field(text, name, value);
    return text;
}

inline Request post_form(std::string url, Fields fields) {
    return Request({"POST", std::move(url), {{"content-type", kFormType}}, form_of(fields)});
}

inline Request post_json(std::string url, std::string body) {
    return Request({"POST", std::move(url), {{"content-type", kJsonType}}, std::move(body)});
}

inline Request get(std::string url) { return Request({"GET", std::move(url), {}, ""}); }

inline SignatureVerifier verifier(std::string_view scheme, std::vector<std::string> secrets) {
    std::string error;
    std::optional<SignatureVerifier> made = SignatureVerifier::make({find_scheme(scheme)}, secrets, error);
    EXPECT_TRUE(made) << scheme << ": " << error;
    return std::move(made.value());
}

}  // namespace millrace::sms::test
