#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sms/codec.hpp"
#include "adapters/sms/signature_scheme.hpp"

// Whether a webhook comes from who knows the secret, by the rows of signature_scheme.hpp. Nothing of a request that is
// refused here is to be believed, and the sender hears no more than 403, whatever was wrong.
namespace millrace::sms {

enum class Refusal {
    none,
    missing,        // The signature, its time or its nonce is not there, or is there twice.
    malformed,      // It is none, whatever the secret.
    wrong,          // It is of another secret, or of another request.
    out_of_time,    // It is right, but its time is too far from ours.
    unsigned_body,  // It is of a kind that leaves this body out.
};

// For logs: a sentence without its end.
std::string_view text_of(Refusal refusal);

struct Verdict {
    Refusal refusal = Refusal::none;
    const SignatureScheme* scheme = nullptr;  // That was looked at. Null: none is there.

    // What follows is set where nothing was refused.
    std::uint32_t secret = 0;            // Which one fits.
    std::string_view url_form{};         // See signed_text.hpp.
    std::optional<std::int64_t> skew_s;  // Our time less the signature's.
    std::string account;                 // That a token names. Else empty.
    // Of what was signed, and of nothing else: the same whenever this request is played again, however its unsigned
    // parts are changed.
    std::string replay_key;
};

class SignatureVerifier {
  public:
    // The first of the schemes whose signature a request has decides. Each of the secrets may be the one, so that a new
    // one can be brought in before the old one has gone. A secret is what the provider shows its customer: of `telnyx`
    // the public key in base64, of `basic` `user:password`, of `standard-webhooks` `whsec_` and base64. What is wrong
    // with a secret goes to `error`, as a sentence without its end, and there is no verifier then.
    static std::optional<SignatureVerifier> make(std::vector<const SignatureScheme*> schemes,
                                                 std::span<const std::string> secrets, std::string& error);
    ~SignatureVerifier();
    SignatureVerifier(SignatureVerifier&& other) noexcept;
    SignatureVerifier& operator=(SignatureVerifier&& other) noexcept;

    // Thread: any, several at a time. `now_s`: seconds since 1970-01-01 UTC.
    Verdict verify(Payload& payload, std::int64_t now_s) const;

  private:
    struct Impl;

    explicit SignatureVerifier(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::sms
