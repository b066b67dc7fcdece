#include "adapters/common/tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <ctime>
#include <random>

#include "tests/support/certificates.hpp"

namespace millrace {
namespace {

using testing::Certificate;
using testing::make_certificate;
using ::testing::StartsWith;

const Certificate& authority() {
    static const Certificate made = make_certificate("authority");
    return made;
}

const Certificate& server() {
    static const Certificate made = make_certificate("localhost", &authority());
    return made;
}

TlsSettings settings_of(const Certificate& certificate) { return {certificate.pem, certificate.key_pem, {}, "1.2"}; }

// OpenSSL's own client, in memory.
class Client {
  public:
    explicit Client(int version = 0, const Certificate* own = nullptr) : context_(::SSL_CTX_new(TLS_client_method())) {
        ::SSL_CTX_set_security_level(context_, 0);
        ::SSL_CTX_set_min_proto_version(context_, version);
        ::SSL_CTX_set_max_proto_version(context_, version);
        if (own) use(*own);
        ssl_ = ::SSL_new(context_);
        ::SSL_set_bio(ssl_, ::BIO_new(::BIO_s_mem()), ::BIO_new(::BIO_s_mem()));
        ::SSL_set_connect_state(ssl_);
    }
    ~Client() {
        ::SSL_free(ssl_);
        ::SSL_CTX_free(context_);
        ::ERR_clear_error();
    }

    // Takes what the server says, and returns what there is to say to it.
    std::string turn(std::string& from_server) {
        ::BIO_write(::SSL_get_rbio(ssl_), from_server.data(), static_cast<int>(from_server.size()));
        from_server.clear();
        char buffer[16 << 10];
        for (int size = 0; (size = ::SSL_read(ssl_, buffer, sizeof buffer)) > 0;) {
            heard_.append(buffer, static_cast<std::size_t>(size));
        }
        return take();
    }

    std::string say(std::string_view text) {
        EXPECT_EQ(::SSL_write(ssl_, text.data(), static_cast<int>(text.size())), static_cast<int>(text.size()));
        return take();
    }

    std::string renegotiate() {
        ::SSL_renegotiate(ssl_);
        ::SSL_do_handshake(ssl_);
        return take();
    }

    std::string leave() {
        ::SSL_shutdown(ssl_);
        return take();
    }

    bool is_established() const { return ::SSL_is_init_finished(ssl_) == 1; }
    bool was_told_of_the_end() const { return (::SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0; }
    const std::string& heard() const { return heard_; }

  private:
    void use(const Certificate& own) {
        const auto read = [](const std::string& text, auto take) {
            BIO* bio = ::BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
            auto* object = take(bio, nullptr, nullptr, nullptr);
            ::BIO_free(bio);
            return object;
        };
        X509* certificate = read(own.pem, ::PEM_read_bio_X509);
        EVP_PKEY* key = read(own.key_pem, ::PEM_read_bio_PrivateKey);
        ::SSL_CTX_use_certificate(context_, certificate);
        ::SSL_CTX_use_PrivateKey(context_, key);
        ::X509_free(certificate);
        ::EVP_PKEY_free(key);
    }

    std::string take() {
        char* data = nullptr;
        const long size = BIO_get_mem_data(::SSL_get_wbio(ssl_), &data);
        std::string text(data, static_cast<std::size_t>(size));
        (void)BIO_reset(::SSL_get_wbio(ssl_));
        return text;
    }

    SSL_CTX* context_;
    SSL* ssl_ = nullptr;
    std::string heard_;
};

struct Line {
    explicit Line(const TlsSettings& settings, int version = 0, const Certificate* own = nullptr)
        : context(settings), session(context), client(version, own) {}

    TlsSession::Result give(std::string_view cipher) {
        std::string room(cipher.size() + (32 << 10), '\0');
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

    TlsContext context;
    TlsSession session;
    Client client;
    std::string plain;
};

TEST(TlsContext, SaysWhichKeyIsWrong) {
    const Certificate other = make_certificate("other");
    const auto half = [](const std::string& text) { return text.substr(0, text.size() / 2); };
    const std::string chain = server().pem + half(authority().pem);
    const struct {
        TlsSettings settings;
        const char* said;
    } cases[] = {
        {{"", server().key_pem, {}, "1.2"}, "cert: there is no certificate in PEM in it"},
        {{"nothing", server().key_pem, {}, "1.2"}, "cert: there is no certificate in PEM in it"},
        {{server().key_pem, server().key_pem, {}, "1.2"}, "cert: there is no certificate in PEM in it"},
        {{half(server().pem), server().key_pem, {}, "1.2"}, "cert: there is no certificate in PEM in it"},
        {{chain, server().key_pem, {}, "1.2"}, "cert: a certificate in it is broken off or damaged"},
        {{server().pem, "", {}, "1.2"}, "key: there is no private key in PEM in it"},
        {{server().pem, server().pem, {}, "1.2"}, "key: there is no private key in PEM in it"},
        {{server().pem, half(server().key_pem), {}, "1.2"}, "key: there is no private key in PEM in it"},
        {{server().pem, other.key_pem, {}, "1.2"}, "key: it is not that of the certificate"},
        {{server().pem, server().key_pem, "", "1.2"}, "client_ca: there is no certificate in PEM in it"},
        {{server().pem, server().key_pem, "nothing", "1.2"}, "client_ca: there is no certificate in PEM in it"},
    };
    for (const auto& each : cases) {
        try {
            const TlsContext context(each.settings);
            ADD_FAILURE() << "taken, but: " << each.said;
        } catch (const std::invalid_argument& error) {
            EXPECT_THAT(error.what(), StartsWith(each.said));
        }
    }
    TlsSettings whole = settings_of(server());
    whole.cert += authority().pem;
    EXPECT_NO_THROW(TlsContext{whole});
}

TEST(TlsContext, KnowsWhenItsCertificateEnds) {
    const TlsContext context(settings_of(make_certificate("short", nullptr, 3600)));
    EXPECT_NEAR(static_cast<double>(context.expires_at_s()), static_cast<double>(std::time(nullptr) + 3600), 5);
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
            EXPECT_EQ(line.session.client_subject(), is_taken ? "CN=friend" : "");
        }
    }
}

TEST(TlsSession, DoesNotNegotiateAgain) {
    Line line(settings_of(server()), TLS1_2_VERSION);
    line.shake_hands();
    line.give(line.client.renegotiate());
    line.session.encrypt("still here");
    line.client.turn(line.session.output());
    EXPECT_EQ(line.plain, "");
    EXPECT_TRUE(line.session.is_established());
}

TEST(TlsSession, SurvivesWhatIsNoTls) {
    const unsigned seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    std::minstd_rand random(seed);
    for (const char* text : {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\xff\xff", "SSH-2.0-x\r\n"}) {
        Line line(settings_of(server()));
        std::string bytes(text);
        while (line.give(bytes) == TlsSession::Result::fine && bytes.size() < 100'000) bytes += std::string(1000, 'x');
        EXPECT_FALSE(line.session.fault().empty()) << text;
    }
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
