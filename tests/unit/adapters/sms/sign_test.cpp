#include "adapters/sms/sign.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <random>

#include "adapters/common/base64.hpp"
#include "tests/unit/adapters/sms/requests.hpp"

namespace millrace::sms {
namespace {

using namespace test;

constexpr std::int64_t kNow_s = 1'700'000'000;

// A secret to sign with and the one to verify with; they differ where keys come in pairs.
struct Secrets {
    std::string own;
    std::string others;
};

Secrets secrets_of(const SignatureScheme& scheme) {
    if (scheme.proof == Proof::basic) return {"user:pass:word", "user:pass:word"};
    if (!scheme.version.empty()) return {"whsec_c2VjcmV0", "whsec_c2VjcmV0"};
    if (scheme.proof != Proof::ed25519) return {"s3cret", "s3cret"};
    const std::string seed(32, 's');
    return {base64_encoded(seed), base64_encoded(Ed25519PrivateKey::make(seed)->public_key())};
}

class Maker {
  public:
    explicit Maker(unsigned seed) : random_(seed) {}

    std::size_t below(std::size_t count) { return random_() % count; }

    std::string text(std::size_t size_max) {
        static const std::string kPieces[] = {"a", "Z", "0", " ", "+", "'", "&", "=",
                                              "%", "/", "~", "*", "é", "€", "😜", "\n"};
        std::string all;
        for (std::size_t count = below(size_max + 1); count > 0; --count) all += kPieces[below(std::size(kPieces))];
        return all;
    }

    Draft draft() {
        static const std::string kPorts[] = {"", "", ":443", ":8443"};
        Draft draft{"POST", "https://sms.example.com" + kPorts[below(4)] + "/in/bound", {}, ""};
        std::string query;
        for (std::size_t count = below(3); count > 0; --count) append_field(query, "q" + text(2), text(5));
        if (!query.empty()) draft.url += "?" + query;
        const std::size_t kind = below(4);
        if (kind == 0) {
            draft.method = "GET";
        } else if (kind == 1) {
            draft.headers.emplace_back("content-type", kJsonType);
            draft.body = R"({"from":"15550123","text":"abc","n":")" + std::to_string(below(1000)) + "\"}";
        } else {
            draft.headers.emplace_back("content-type", kFormType);
            append_field(draft.body, "From", "+1555" + std::to_string(below(10000)));
            for (std::size_t count = below(6); count > 0; --count) append_field(draft.body, "p" + text(2), text(8));
        }
        return draft;
    }

  private:
    std::mt19937 random_;
};

bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// Puts another letter or digit at some place where one stands for itself; false where there is none.
bool change(Maker& maker, std::string& text, std::size_t from) {
    std::vector<std::size_t> places;
    for (std::size_t i = from; i < text.size(); ++i) {
        if (text[i] == '%')
            i += 2;
        else if (is_plain(text[i]))
            places.push_back(i);
    }
    if (places.empty()) return false;
    char& c = text[places[maker.below(places.size())]];
    for (const char before = c; c == before;) c = "abcXYZ019"[maker.below(9)];
    return true;
}

// What of the request a scheme covers beside the body, where `covers_body` says it.
bool covers_url(const SignatureScheme& scheme) {
    return scheme.name == "twilio" || scheme.name.starts_with("plivo") || scheme.name == "messagebird-jwt";
}
bool covers_query(const SignatureScheme& scheme, const Draft& draft) {
    if (scheme.name.find("-v2") != scheme.name.npos) return false;
    return covers_url(scheme) || scheme.name == "messagebird-hmac" ||
           (scheme.place == Place::field && draft.body.empty());
}

struct Part {
    const char* name;
    bool is_covered;
    std::function<bool(Maker&, Draft&)> change;
};

std::vector<Part> parts_of(const SignatureScheme& scheme, const Draft& draft) {
    std::vector<Part> parts;
    parts.push_back({"path", covers_url(scheme), [](Maker& maker, Draft& it) {
                         const std::size_t at = it.url.find("/in/");
                         std::string path = it.url.substr(at, 9);
                         if (!change(maker, path, 0)) return false;
                         it.url.replace(at, 9, path);
                         return true;
                     }});
    parts.push_back({"host", covers_url(scheme), [](Maker& maker, Draft& it) {
                         std::string host = it.url.substr(8, 3);
                         if (!change(maker, host, 0)) return false;
                         it.url.replace(8, 3, host);
                         return true;
                     }});
    parts.push_back({"query", covers_query(scheme, draft), [](Maker& maker, Draft& it) {
                         const std::size_t at = it.url.find('?');
                         return at != it.url.npos && change(maker, it.url, at);
                     }});
    parts.push_back({"body", scheme.covers_body, [](Maker& maker, Draft& it) { return change(maker, it.body, 0); }});
    for (std::size_t i = draft.body.empty() ? 0 : 1; i < draft.headers.size(); ++i) {
        const std::size_t from = draft.headers[i].second.find_first_of(" ,") + 1;  // Behind `Bearer`, or `v1`.
        parts.push_back(
            {"header", true, [i, from](Maker& maker, Draft& it) { return change(maker, it.headers[i].second, from); }});
    }
    return parts;
}

// The schemes that sign no requests of that kind say so.
bool is_for(const SignatureScheme& scheme, const Draft& draft) {
    const bool is_json = !draft.body.empty() && draft.headers[0].second == kJsonType;
    return !(is_json && scheme.other_body == OtherBody::refused);
}

TEST(Sign, WhatIsSignedIsAcceptedUnlessAByteChanges) {
    const auto seed = std::random_device{}();
    std::cout << "seed " << seed << '\n';
    Maker maker(seed);
    for (int round = 0; round < 300; ++round) {
        for (const SignatureScheme& scheme : signature_schemes()) {
            if (scheme.proof == Proof::none) continue;
            const Secrets secrets = secrets_of(scheme);
            const SignatureVerifier verifier = test::verifier(scheme.name, {secrets.others});
            Request request(maker.draft());
            if (!is_for(scheme, request.draft)) continue;
            ASSERT_EQ(sign({&scheme, secrets.own, "acct", "n0nce" + std::to_string(round), kNow_s}, request.draft), "");
            const Verdict verdict = verifier.verify(request.payload(), kNow_s);
            ASSERT_EQ(verdict.refusal, Refusal::none) << scheme.name << " " << request.draft.url << request.draft.body;
            ASSERT_FALSE(verdict.replay_key.empty()) << scheme.name;
            for (const Part& part : parts_of(scheme, request.draft)) {
                Request changed = request;
                if (!part.change(maker, changed.draft)) continue;
                const bool is_accepted = verifier.verify(changed.payload(), kNow_s).refusal == Refusal::none;
                ASSERT_EQ(is_accepted, !part.is_covered)
                    << scheme.name << ", " << part.name << " of " << request.draft.url << ' ' << request.draft.body
                    << " is now " << changed.draft.url << ' ' << changed.draft.body;
            }
        }
    }
}

TEST(Sign, ThatCannotBe) {
    const struct {
        const char* scheme;
        const char* secret;
        Draft draft;
        const char* wrong;
    } cases[] = {
        {"twilio", "", {"POST", "https://h/", {}, ""}, "the secret is empty"},
        {"vonage-jwt", "", {"POST", "https://h/", {}, ""}, "the secret is empty"},
        {"telnyx", "x", {"POST", "https://h/", {}, ""}, "the private key is 32 bytes in base64"},
        {"standard-webhooks", "whsec_*", {"POST", "https://h/", {}, ""}, "the secret is `whsec_` and base64"},
        {"plivo-v3", "x", {"PUT", "https://h/", {}, ""}, "the scheme does not sign this method"},
        {"twilio", "x", {"POST", "https://h/", {}, "a"}, "the content has no type, or two"},
        {"vonage-md5", "x", {"POST", "https://h/", {{"content-type", "text/plain"}}, "a"}, "the body has no fields"},
        {"vonage-md5", "x", {"POST", "https://h/", {{"content-type", kJsonType}}, "[]"}, "the body has no fields"},
    };
    for (const auto& it : cases) {
        Draft draft = it.draft;
        EXPECT_EQ(sign({find_scheme(it.scheme), it.secret, "", "n", kNow_s}, draft), it.wrong) << it.scheme;
        EXPECT_EQ(draft.headers, it.draft.headers);
        EXPECT_EQ(draft.url, it.draft.url);
    }
}

}  // namespace
}  // namespace millrace::sms
