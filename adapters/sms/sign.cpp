#include "adapters/sms/sign.hpp"

#include <boost/json.hpp>
#include <optional>

#include "adapters/common/base64.hpp"
#include "adapters/common/jwt.hpp"
#include "adapters/common/url_parts.hpp"
#include "adapters/sms/signature_key.hpp"

namespace millrace::sms {
namespace {

constexpr std::int64_t kTokenLife_s = 60;

// The draft as a webhook, as long as neither changes.
class View {
  public:
    explicit View(const Draft& draft) {
        for (const auto& [name, value] : draft.headers) headers_.push_back({name, value});
        fault_ = payload.decode({draft.method, draft.url, headers_, draft.body});
    }

    std::string fault() const { return std::string(fault_.text); }

    Payload payload;

  private:
    std::vector<Header> headers_;
    Fault fault_;
};

void add_to_query(std::string& url, std::string_view name, std::string_view value) {
    const UrlParts parts = split_url(url);
    std::string field;
    append_field(field, name, value);
    url += !parts.has_query ? "?" : parts.query.empty() ? "" : "&";
    url += field;
}

void add_to_fields(Draft& draft, Payload::Content content, std::string_view name, std::string_view value) {
    if (content == Payload::Content::none) return add_to_query(draft.url, name, value);
    if (content == Payload::Content::form) return append_field(draft.body, name, value);
    boost::json::value object = *parse_json(draft.body);
    object.as_object()[{name.data(), name.size()}] = boost::json::string_view(value.data(), value.size());
    draft.body = boost::json::serialize(object);
}

std::string sha256_hex(std::string_view bytes) { return hex_encoded(digest(Digest::sha256, {bytes})); }

std::string sign_with_token(const Signer& signer, Draft& draft) {
    const JwtRules& rules = *signer.scheme->jwt;
    boost::json::object claims;
    claims["iss"] = boost::json::string_view(rules.issuer.data(), rules.issuer.size());
    claims["jti"] = signer.nonce;
    if (rules.needs_expiry) {
        claims["nbf"] = signer.now_s;
        claims["exp"] = signer.now_s + kTokenLife_s;
    } else {
        claims["iat"] = signer.now_s;
    }
    if (rules.has_url_hash) claims["url_hash"] = sha256_hex(draft.url);
    if (!draft.body.empty()) claims["payload_hash"] = sha256_hex(draft.body);
    if (!rules.key_claim.empty()) claims[{rules.key_claim.data(), rules.key_claim.size()}] = signer.account;
    const std::string token = make_jwt(signer.scheme->digest, boost::json::serialize(claims), signer.secret);
    const bool is_bearer = signer.scheme->signature == "authorization";
    draft.headers.emplace_back(signer.scheme->signature, is_bearer ? "Bearer " + token : token);
    return {};
}

std::string sign_with_seed(const Signer& signer, std::string_view text, std::string& signature) {
    const std::optional<std::string> seed = base64_decoded(signer.secret);
    const std::optional<Ed25519PrivateKey> key = seed ? Ed25519PrivateKey::make(*seed) : std::nullopt;
    if (!key) return "the private key is 32 bytes in base64";
    signature = base64_encoded(key->sign(text));
    return {};
}

std::string sign_text(const Signer& signer, Draft& draft) {
    const SignatureScheme& scheme = *signer.scheme;
    const std::string time = std::to_string(signer.now_s);
    if (scheme.other_body == OtherBody::digest_in_url) {
        const View view(draft);
        if (!view.fault().empty()) return view.fault();
        const bool is_form = view.payload.content() == Payload::Content::form;
        if (!draft.body.empty() && !is_form) add_to_query(draft.url, "bodySHA256", sha256_hex(draft.body));
    }
    if (scheme.place == Place::field) {
        View view(draft);
        const Payload::Content content = view.payload.content();
        if (!view.fault().empty()) return view.fault();
        if (content != Payload::Content::none && view.payload.fields().empty()) return "the body has no fields";
        if (!has_field(view.payload.fields(), scheme.time)) add_to_fields(draft, content, scheme.time, time);
    }

    View view(draft);
    if (!view.fault().empty()) return view.fault();
    std::string text;
    std::string_view form;
    if (!scheme.text({view.payload, signer.nonce, time}, 0, text, form)) return "the scheme does not sign this method";
    std::string signature;
    if (scheme.proof == Proof::ed25519) {
        if (std::string wrong = sign_with_seed(signer, text, signature); !wrong.empty()) return wrong;
    } else {
        std::string error;
        const std::optional<SignatureKey> key = SignatureKey::make(scheme, signer.secret, error);
        if (!key) return error;
        signature = std::string(scheme.version) + key->proof_of(scheme, text);
    }
    if (scheme.place == Place::field) {
        add_to_fields(draft, view.payload.content(), scheme.signature, signature);
        return {};
    }
    draft.headers.emplace_back(scheme.signature, signature);
    if (!scheme.nonce.empty()) draft.headers.emplace_back(scheme.nonce, signer.nonce);
    if (!scheme.time.empty()) draft.headers.emplace_back(scheme.time, time);
    return {};
}

}  // namespace

std::string sign(const Signer& signer, Draft& draft) {
    Draft signed_draft = draft;
    std::string wrong;
    if (signer.secret.empty() && signer.scheme->proof != Proof::none)
        wrong = "the secret is empty";
    else if (signer.scheme->proof == Proof::jwt)
        wrong = sign_with_token(signer, signed_draft);
    else if (signer.scheme->proof == Proof::basic)
        signed_draft.headers.emplace_back("authorization", "Basic " + base64_encoded(signer.secret));
    else if (signer.scheme->proof != Proof::none)
        wrong = sign_text(signer, signed_draft);
    if (wrong.empty()) draft = std::move(signed_draft);
    return wrong;
}

}  // namespace millrace::sms
