// Any bytes as a token, as base64 and as hex: one way to write each.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/common/base64.hpp"
#include "adapters/common/jwt.hpp"

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace millrace;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto bytes = base64_decoded(text)) require(base64_encoded(*bytes) == text);
    if (const auto bytes = base64url_decoded(text)) require(base64url_encoded(*bytes) == text);
    if (const auto bytes = hex_decoded(text)) require(bytes->size() * 2 == text.size());
    const std::optional<Jwt> token = parse_jwt(text);
    if (!token) return 0;
    require(text.size() <= Jwt::kBytesMax && JsonView(token->claims).is_object());
    require(std::string(token->signed_bytes) + "." + base64url_encoded(token->signature) == text);
    require(!hmac_digest_of("none"));
    token->claim("exp").integer();
    return 0;
}
