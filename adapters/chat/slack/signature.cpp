#include "adapters/chat/slack/signature.hpp"

#include <charconv>
#include <utility>

#include "adapters/common/base64.hpp"

namespace millrace::chat::slack {
namespace {

// Nothing where it is not there, or there twice: who reads the first and who reads the last would not agree.
std::optional<std::string_view> header_of(const http::Request& request, std::string_view name) {
    std::optional<std::string_view> found;
    for (const http::Header& it : request.headers) {
        if (!http::is_word(it.name, name)) continue;
        if (found) return std::nullopt;
        found = it.value;
    }
    return found;
}

std::string signed_by(const HmacKey& key, std::string_view timestamp, std::string_view body) {
    return "v0=" + hex_encoded(key.mac({"v0:", timestamp, ":", body}));
}

}  // namespace

std::optional<Signature> Signature::make(std::span<const std::string> secrets) {
    std::vector<HmacKey> keys;
    for (const std::string& secret : secrets) {
        if (secret.empty()) return std::nullopt;
        keys.emplace_back(Digest::sha256, secret);
    }
    if (keys.empty()) return std::nullopt;
    return Signature(std::move(keys));
}

Signature::Verdict Signature::verify(const http::Request& request, std::int64_t now_s) const {
    const auto timestamp = header_of(request, "x-slack-request-timestamp");
    const auto given = header_of(request, "x-slack-signature");
    if (!timestamp || !given) return Verdict::missing;
    std::int64_t at_s = 0;
    const auto [end, error] = std::from_chars(timestamp->data(), timestamp->data() + timestamp->size(), at_s);
    if (error != std::errc() || end != timestamp->data() + timestamp->size() || at_s < 0) return Verdict::malformed;
    if (at_s < now_s - kWindow_s || at_s > now_s + kWindow_s) return Verdict::out_of_time;
    bool is_right = false;
    for (const HmacKey& key : keys_) {
        const bool is_of_this = is_same_secret(signed_by(key, *timestamp, request.body), *given);
        is_right = is_right || is_of_this;
    }
    return is_right ? Verdict::right : Verdict::wrong;
}

std::string Signature::sign(std::string_view timestamp, std::string_view body) const {
    return signed_by(keys_.front(), timestamp, body);
}

std::string_view text_of(Signature::Verdict verdict) {
    switch (verdict) {
        case Signature::Verdict::right:
            return "";
        case Signature::Verdict::missing:
            return "its signature or its time is missing, or is there twice";
        case Signature::Verdict::malformed:
            return "its time is none";
        case Signature::Verdict::out_of_time:
            return "its time is too far from ours";
        case Signature::Verdict::wrong:
            return "its signature does not fit";
    }
    return "";
}

}  // namespace millrace::chat::slack
