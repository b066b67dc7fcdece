#include "adapters/sms/token.hpp"

#include <algorithm>

#include "adapters/common/base64.hpp"
#include "adapters/common/jwt.hpp"

namespace millrace::sms {
namespace {

bool has_word(std::string_view words, std::string_view word) {
    while (!words.empty()) {
        const std::size_t space = words.find(' ');
        if (words.substr(0, space) == word) return true;
        words.remove_prefix(space == words.npos ? words.size() : space + 1);
    }
    return false;
}

bool is_digest_of(std::string_view hex, std::string_view bytes) {
    const std::optional<std::string> claimed = hex_decoded(hex);
    return claimed && is_same_secret(digest(Digest::sha256, {bytes}), *claimed);
}

// Of the times, which are seconds.
Refusal check_times(const SignatureScheme& scheme, const Jwt& token, std::int64_t now_s, Verdict& verdict) {
    const JwtRules& rules = *scheme.jwt;
    const std::optional<std::int64_t> expires = token.claim("exp").integer();
    const std::optional<std::int64_t> begins = token.claim("nbf").integer();
    const std::optional<std::int64_t> issued = token.claim("iat").integer();
    if ((token.claim("exp").value() && !expires) || (token.claim("nbf").value() && !begins)) return Refusal::malformed;
    if (rules.needs_expiry ? !expires : !issued) return Refusal::malformed;
    if (expires && *expires <= now_s - rules.tolerance_s) return Refusal::out_of_time;
    if (begins && *begins > now_s + rules.tolerance_s) return Refusal::out_of_time;
    const std::optional<std::int64_t> time = issued ? issued : begins;
    if (time && *time >= 0) verdict.skew_s = now_s - *time;
    if (rules.needs_expiry) return Refusal::none;
    return *issued < now_s - scheme.window_s || *issued > now_s + scheme.window_s ? Refusal::out_of_time
                                                                                  : Refusal::none;
}

Refusal check_request(const JwtRules& rules, const Jwt& token, const Webhook& webhook) {
    if (rules.has_url_hash && !is_digest_of(token.claim("url_hash").text(), webhook.url)) return Refusal::wrong;
    const JsonView payload = token.claim("payload_hash");
    if (payload.value()) return is_digest_of(payload.text(), webhook.body) ? Refusal::none : Refusal::wrong;
    return webhook.body.empty() ? Refusal::none : Refusal::unsigned_body;
}

}  // namespace

void verify_token(const SignatureScheme& scheme, std::span<const SignatureKey> keys, const Webhook& webhook,
                  std::int64_t now_s, Verdict& verdict) {
    const JwtRules& rules = *scheme.jwt;
    std::optional<std::string_view> text = webhook.header(scheme.signature);
    if (text && scheme.signature == "authorization") text = credentials_of(*text, "bearer");
    if (!text) return void(verdict.refusal = Refusal::missing);
    const std::optional<Jwt> token = parse_jwt(*text);
    const std::optional<Digest> digest = token ? hmac_digest_of(token->algorithm) : std::nullopt;
    if (!digest || !has_word(rules.digests, token->algorithm)) return void(verdict.refusal = Refusal::malformed);

    std::string mac;
    const auto fits = [&](const SignatureKey& key) {
        mac = key.mac_of(*digest)->mac({token->signed_bytes});
        return is_same_secret(mac, token->signature);
    };
    const auto found = std::find_if(keys.begin(), keys.end(), fits);
    if (found == keys.end()) return void(verdict.refusal = Refusal::wrong);

    if (token->claim("iss").text() != rules.issuer || token->claim("jti").text().empty())
        return void(verdict.refusal = Refusal::malformed);
    verdict.refusal = check_times(scheme, *token, now_s, verdict);
    if (verdict.refusal == Refusal::none) verdict.refusal = check_request(rules, *token, webhook);
    verdict.secret = static_cast<std::uint32_t>(found - keys.begin());
    if (!rules.key_claim.empty()) verdict.account = token->claim(rules.key_claim).text();
    verdict.replay_key = hex_encoded(mac);
}

}  // namespace millrace::sms
