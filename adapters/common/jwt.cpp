#include "adapters/common/jwt.hpp"

#include <utility>

#include "adapters/common/base64.hpp"

namespace millrace {
namespace {

constexpr JsonLimits kLimits{.depth = 4, .elements = 256};

std::optional<boost::json::value> object_of(std::string_view part) {
    const std::optional<std::string> text = base64url_decoded(part);
    if (!text) return std::nullopt;
    std::optional<boost::json::value> value = parse_json(*text, kLimits);
    if (!value || !value->is_object()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<Jwt> parse_jwt(std::string_view text) {
    const std::size_t first = text.find('.');
    const std::size_t second = first == text.npos ? text.npos : text.find('.', first + 1);
    if (text.size() > Jwt::kBytesMax || second == text.npos) return std::nullopt;
    const std::optional<boost::json::value> header = object_of(text.substr(0, first));
    if (!header || JsonView(*header)["crit"].value()) return std::nullopt;
    std::optional<boost::json::value> claims = object_of(text.substr(first + 1, second - first - 1));
    std::optional<std::string> signature = base64url_decoded(text.substr(second + 1));
    if (!claims || !signature) return std::nullopt;
    return Jwt{std::string(JsonView(*header)["alg"].text()), std::move(*claims), text.substr(0, second),
               std::move(*signature)};
}

std::optional<Digest> hmac_digest_of(std::string_view algorithm) {
    if (algorithm == "HS256") return Digest::sha256;
    if (algorithm == "HS384") return Digest::sha384;
    if (algorithm == "HS512") return Digest::sha512;
    return std::nullopt;
}

std::string make_jwt(Digest digest, std::string_view claims, std::string_view key) {
    const std::string_view algorithm = digest == Digest::sha384   ? "HS384"
                                       : digest == Digest::sha512 ? "HS512"
                                                                  : "HS256";
    std::string token = base64url_encoded("{\"alg\":\"" + std::string(algorithm) + "\",\"typ\":\"JWT\"}");
    token += '.';
    token += base64url_encoded(claims);
    const std::string signature = HmacKey(digest, key).mac({token});
    token += '.';
    token += base64url_encoded(signature);
    return token;
}

}  // namespace millrace
