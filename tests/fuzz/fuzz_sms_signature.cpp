// Any request, with any headers: who does not know the secret is refused; and what was signed is not, whatever it is.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/common/utf8.hpp"
#include "adapters/sms/sign.hpp"
#include "adapters/sms/signature.hpp"

namespace {

using namespace millrace::sms;

constexpr std::int64_t kNow_s = 1'700'000'000;

void require(bool condition) {
    if (!condition) std::abort();
}

// Up to the next line break; the text goes on behind it.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

Verdict verified(const SignatureVerifier& verifier, const Draft& draft, bool& is_read) {
    std::vector<Header> headers;
    for (const auto& [name, value] : draft.headers) headers.push_back({name, value});
    Payload payload;
    is_read = !payload.decode({draft.method, draft.url, headers, draft.body});
    return is_read ? verifier.verify(payload, kNow_s) : Verdict{};
}

SignatureVerifier verifier_of(const SignatureScheme& scheme, const std::string& secret) {
    std::string error;
    const std::vector<std::string> secrets{secret};
    return std::move(*SignatureVerifier::make({&scheme}, secrets, error));
}

}  // namespace

// The first byte is the scheme, the second the type of the content; then lines: query, signature, nonce, time; and the
// body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const SignatureScheme& scheme = signature_schemes()[data[0] % signature_schemes().size()];
    if (scheme.proof == Proof::none) return 0;
    constexpr const char* kTypes[] = {"application/x-www-form-urlencoded", "application/json", "text/plain"};
    std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
    Draft draft{data[1] % 2 == 0 ? "POST" : "GET", "https://sms.example.com/in", {}, ""};
    draft.url += '?' + std::string(take_line(text));
    const std::string signature(take_line(text)), nonce(take_line(text)), time(take_line(text));
    draft.body = text;
    if (!draft.body.empty()) draft.headers.emplace_back("content-type", kTypes[data[1] / 2 % 3]);
    Draft unsigned_draft = draft;
    if (scheme.place == Place::header) draft.headers.emplace_back(scheme.signature, signature);
    if (!scheme.nonce.empty()) draft.headers.emplace_back(scheme.nonce, nonce);
    if (!scheme.time.empty()) draft.headers.emplace_back(scheme.time, time);

    std::string secret = "user:w0rd-that-nobody-guesses";
    if (!scheme.version.empty()) secret = "whsec_c2VjcmV0IHRoYXQgbm9ib2R5IGd1ZXNzZXM=";
    if (scheme.proof == Proof::ed25519) secret = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    const SignatureVerifier verifier = verifier_of(scheme, secret);
    bool is_read = false;
    const Verdict verdict = verified(verifier, draft, is_read);
    require(!is_read || (verdict.refusal != Refusal::none && !text_of(verdict.refusal).empty()));

    if (scheme.proof == Proof::ed25519) return 0;
    const std::string wrong =
        sign({&scheme, secret, "acct", nonce.empty() ? "n" : "n" + nonce, kNow_s}, unsigned_draft);
    if (!wrong.empty() || nonce.find_first_of(" \t") != nonce.npos || !millrace::is_utf8(nonce)) return 0;
    const Verdict again = verified(verifier, unsigned_draft, is_read);
    const bool has_own_fields = scheme.place == Place::field || scheme.other_body == OtherBody::digest_in_url;
    if (is_read && !has_own_fields && again.refusal != Refusal::unsigned_body) require(again.refusal == Refusal::none);
    require(again.refusal != Refusal::none || !again.replay_key.empty() || !is_read);
    return 0;
}
