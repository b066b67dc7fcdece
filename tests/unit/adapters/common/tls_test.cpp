#include "adapters/common/tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <ctime>
#include <random>

#include "tests/support/certificates.hpp"
#include "tests/support/tls_client.hpp"

namespace millrace {
namespace {

using testing::Certificate;
using testing::make_certificate;
using testing::make_ed25519_key;
using testing::TlsClient;

const Certificate& authority() {
    static const Certificate made = make_certificate("authority");
    return made;
}

const Certificate& server() {
    static const Certificate made = make_certificate("localhost", &authority());
    return made;
}

TlsSettings settings_of(const Certificate& certificate) { return {certificate.pem, certificate.key_pem, {}, "1.2"}; }

// What it says of its settings goes to `said`, as "key: text".
std::shared_ptr<const TlsContext> make_context(TlsSettings settings, std::vector<std::string>& said) {
    const millrace_errors errors{
        sizeof errors, 0, &said, [](void* to, millrace_bytes key, millrace_bytes text) {
            const auto view = [](millrace_bytes bytes) {
                return std::string(reinterpret_cast<const char*>(bytes.data), bytes.size);
            };
            static_cast<std::vector<std::string>*>(to)->push_back(view(key) + ": " + view(text));
        }};
    return TlsContext::make(settings, Config("{}", &errors));
}

std::shared_ptr<const TlsContext> make_context(const TlsSettings& settings) {
    std::vector<std::string> said;
    auto context = make_context(settings, said);
    EXPECT_TRUE(context && said.empty()) << said.front();
    return context;
}

struct Line {
    explicit Line(const TlsSettings& settings, int version = 0, const Certificate* own = nullptr)
        : context(make_context(settings)), session(*context), client(version, own) {}

    TlsSession::Result give(std::string_view cipher) {
        std::string room(cipher.size() + TlsSession::kSlackBytes, '\0');
        char* end = room.data();
        const TlsSession::Result result = session.decrypt(cipher, end);
        plain.append(room.data(), end);
        return result;
    }

    // Until neither has anything to say. What the server came to last.
    TlsSession::Result shake_hands() {
        TlsSession::Result result = TlsSession::Result::fine;
        for (std::string said = client.turn(session.output()); !said.empty();) {
            result = give(said);
            said = client.turn(session.output());
            if (result != TlsSession::Result::fine) break;
        }
        return result;
    }

    std::shared_ptr<const TlsContext> context;
    TlsSession session;
    TlsClient client;
    std::string plain;
};

TEST(TlsContext, SaysWhichKeyIsWrong) {
    const Certificate other = make_certificate("other");
    const auto half = [](const std::string& text) { return text.substr(0, text.size() / 2); };
    const std::string chain = server().pem + half(authority().pem);
    const char* const no_certificate = "cert: there is no certificate in PEM in it";
    const char* const no_key = "key: there is no private key in PEM in it, or it needs a passphrase";
    const char* const no_authority = "client_ca: there is no certificate in PEM in it";
    const struct {
        TlsSettings settings;
        std::vector<std::string> said;
    } cases[] = {
        {{"", server().key_pem, {}, "1.2"}, {no_certificate}},
        {{"nothing", server().key_pem, {}, "1.2"}, {no_certificate}},
        {{server().key_pem, server().key_pem, {}, "1.2"}, {no_certificate}},
        {{half(server().pem), server().key_pem, {}, "1.2"}, {no_certificate}},
        {{chain, server().key_pem, {}, "1.2"}, {"cert: a certificate in it is broken off or damaged"}},
        {{server().pem, "", {}, "1.2"}, {no_key}},
        {{server().pem, server().pem, {}, "1.2"}, {no_key}},
        {{server().pem, half(server().key_pem), {}, "1.2"}, {no_key}},
        {{server().pem, other.key_pem, {}, "1.2"}, {"key: it is not that of the certificate"}},
        {{server().pem, make_ed25519_key(), {}, "1.2"}, {"key: it is not that of the certificate"}},
        {{server().pem, server().key_pem, "", "1.2"}, {no_authority}},
        {{server().pem, server().key_pem, "nothing", "1.2"}, {no_authority}},
        {{server().pem, server().key_pem, chain, "1.2"}, {"client_ca: a certificate in it is broken off or damaged"}},
        {{"", "", "", "1.2"}, {no_certificate, no_key, no_authority}},
    };
    for (const auto& each : cases) {
        std::vector<std::string> said;
        EXPECT_EQ(make_context(each.settings, said), nullptr);
        EXPECT_EQ(said, each.said);
    }
    TlsSettings whole = settings_of(server());
    whole.cert += authority().pem;
    EXPECT_NE(make_context(whole), nullptr);
}

TEST(TlsContext, WipesTheKey) {
    TlsSettings settings = settings_of(server());
    ASSERT_NE(TlsContext::make(settings, Config("{}", nullptr)), nullptr);
    EXPECT_EQ(settings.key.find_first_not_of('\0'), std::string::npos);
}

TEST(TlsContext, KnowsWhenItsCertificateEnds) {
    const auto context = make_context(settings_of(make_certificate("short", nullptr, 3600)));
    EXPECT_NEAR(static_cast<double>(context->expires_at_s()), static_cast<double>(std::time(nullptr) + 3600), 5);
}

TEST(TlsSession, SpeaksTls12AndAbove) {
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
        Line line(settings_of(server()), version);
        EXPECT_EQ(line.shake_hands(), TlsSession::Result::failed) << version;
        EXPECT_FALSE(line.session.is_established());
        EXPECT_FALSE(line.session.fault().empty());
    }
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        Line line(settings_of(server()), version);
        EXPECT_EQ(line.shake_hands(), TlsSession::Result::fine) << version;
        EXPECT_TRUE(line.session.is_established() && line.client.is_established());
    }
    TlsSettings strict = settings_of(server());
    strict.min_version = "1.3";
    Line line(strict, TLS1_2_VERSION);
    EXPECT_EQ(line.shake_hands(), TlsSession::Result::failed);
}

TEST(TlsSession, CarriesBytesInAnyPieces) {
    const unsigned seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    std::minstd_rand random(seed);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        Line line(settings_of(server()), version);
        ASSERT_EQ(line.shake_hands(), TlsSession::Result::fine);
        std::string said;
        for (const std::size_t size : {1ul, 15ul, 4096ul, 16'384ul, 16'385ul, 100'000ul}) {
            const std::string text(size, static_cast<char>('a' + size % 26));
            said += text;
            const std::string cipher = line.client.say(text);
            for (std::size_t at = 0; at < cipher.size();) {
                const std::size_t piece = std::min<std::size_t>(cipher.size() - at, 1 + random() % 20'000);
                ASSERT_EQ(line.give(std::string_view(cipher).substr(at, piece)), TlsSession::Result::fine);
                at += piece;
            }
            line.session.encrypt(text);
            line.client.turn(line.session.output());
        }
        EXPECT_EQ(line.plain, said);
        EXPECT_EQ(line.client.heard(), said);
    }
}

TEST(TlsSession, TellsOfTheEndAndHearsOfIt) {
    Line line(settings_of(server()), TLS1_3_VERSION);
    line.shake_hands();
    line.session.encrypt("last");
    line.session.end();
    line.client.turn(line.session.output());
    EXPECT_EQ(line.client.heard(), "last");
    EXPECT_TRUE(line.client.was_told_of_the_end());
    EXPECT_EQ(line.give(line.client.leave()), TlsSession::Result::closed);
}

TEST(TlsSession, AsksForCertificatesOfClients) {
    const Certificate stranger = make_certificate("stranger");
    const Certificate friendly = make_certificate("friend", &authority());
    const Certificate expired = make_certificate("late", &authority(), -60);
    TlsSettings settings = settings_of(server());
    settings.client_ca = authority().pem;
    const struct {
        const Certificate* own;
        bool is_taken;
    } cases[] = {{nullptr, false}, {&stranger, false}, {&expired, false}, {&friendly, true}};
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        for (const auto& [own, is_taken] : cases) {
            Line line(settings, version, own);
            EXPECT_EQ(line.shake_hands() == TlsSession::Result::fine, is_taken);
            EXPECT_EQ(line.session.is_established(), is_taken);
            if (is_taken) {
                EXPECT_EQ(line.session.client_subject(), "CN=friend");
            }
        }
    }
}

TEST(TlsSession, DoesNotNegotiateAgain) {
    Line line(settings_of(server()), TLS1_2_VERSION);
    line.shake_hands();
    line.give(line.client.renegotiate());
    EXPECT_FALSE(line.session.output().empty());  // an alert
    EXPECT_EQ(line.plain, "");
    EXPECT_TRUE(line.session.is_established());
}

TEST(TlsSession, AnErrorOfOthersOnItsThreadIsNotItsOwn) {
    Line line(settings_of(server()));
    line.shake_hands();
    const std::string record = line.client.say("hello");
    testing::leave_an_error();
    EXPECT_EQ(line.give(record), TlsSession::Result::fine);
    EXPECT_EQ(line.plain, "hello");
}

TEST(TlsSession, SurvivesWhatIsNoTls) {
    const unsigned seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    std::minstd_rand random(seed);
    for (const char* text : {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "SSH-2.0-x\r\n", "\x80\x2e\x01"}) {
        Line line(settings_of(server()));
        EXPECT_EQ(line.give(text), TlsSession::Result::foreign) << text;
    }
    Line damaged(settings_of(server()));
    std::string bytes("\x16\x03\x01\xff\xff");
    while (damaged.give(bytes) == TlsSession::Result::fine && bytes.size() < 100'000) bytes = std::string(1000, 'x');
    EXPECT_FALSE(damaged.session.fault().empty());
    for (int round = 0; round < 200; ++round) {  // a good greeting, with one byte changed
        Line line(settings_of(server()));
        std::string nothing;
        std::string hello = line.client.turn(nothing);
        hello[random() % hello.size()] ^= static_cast<char>(1 + random() % 255);
        line.give(hello);
        EXPECT_EQ(line.plain, "");
    }
}

}  // namespace
}  // namespace millrace
