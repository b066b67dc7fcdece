#pragma once

#include <cstdint>
#include <span>

#include "adapters/sms/signature.hpp"
#include "adapters/sms/signature_key.hpp"

namespace millrace::sms {

// Verifies a request that a token vouches for, and fills in what a Verdict has of it. `keys` are of the scheme.
void verify_token(const SignatureScheme& scheme, std::span<const SignatureKey> keys, const Webhook& webhook,
                  std::int64_t now_s, Verdict& verdict);

}  // namespace millrace::sms
