#include "adapters/sms/media.hpp"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <map>
#include <mutex>

#include "adapters/common/base64.hpp"
#include "adapters/common/digest.hpp"
#include "adapters/common/timer_wheel.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/unit/adapters/sms/read_settings.hpp"

namespace millrace::sms {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::ScriptedServer;
using Strings = std::vector<std::string>;

// What of the gateway fetching needs: bodies, and a log.
class Bodies {
  public:
    AdapterHost host() const { return AdapterHost(&table_); }
    std::map<millrace_id, std::string> bodies;
    std::size_t released = 0;
    bool is_full = false;
    Strings log;

  private:
    static Bodies& of(void* self) { return *static_cast<Bodies*>(self); }
    static void write(void* self, std::int32_t, millrace_bytes text) { of(self).log.emplace_back(view(text)); }
    static millrace_status create(void* self, millrace_id* body, const millrace_sink*) {
        *body = of(self).bodies.size() + 1;
        of(self).bodies[*body];
        return MILLRACE_OK;
    }
    static millrace_status append(void* self, millrace_id body, millrace_bytes more, const millrace_sink* error) {
        if (of(self).is_full) return error->write(error->context, bytes(std::string_view("no room"))), MILLRACE_ERROR;
        of(self).bodies[body] += view(more);
        return MILLRACE_OK;
    }
    static millrace_status seal(void* self, millrace_id body, millrace_bytes* whole, const millrace_sink*) {
        *whole = bytes(std::string_view(of(self).bodies[body]));
        return MILLRACE_OK;
    }
    static void release(void* self, millrace_id) { ++of(self).released; }

    millrace_host common_{sizeof common_, MILLRACE_ABI, this, write, nullptr, nullptr, nullptr};
    const millrace_adapter_host table_ = [this] {
        millrace_adapter_host table{};
        table.common = &common_;
        table.self = this;
        table.body_create = create;
        table.body_append = append;
        table.body_seal = seal;
        table.body_release = release;
        return table;
    }();
};

std::string answer(std::string_view body, const std::string& status = "200 OK", const std::string& headers = {}) {
    return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

// Answers by the request's path, and remembers the heads.
class Shelf {
  public:
    explicit Shelf(std::map<std::string, std::string> answers) : answers_(std::move(answers)) {}

    std::string url(const std::string& path) const {
        return "http://127.0.0.1:" + std::to_string(server_.port()) + path;
    }
    std::size_t connections() const { return server_.connections(); }
    Strings heads() const {
        const std::lock_guard lock(mutex_);
        return heads_;
    }

  private:
    void serve(ScriptedServer::Connection& connection) {
        const std::string head = connection.read_request();
        {
            const std::lock_guard lock(mutex_);
            heads_.push_back(head);
        }
        const std::string path = head.substr(4, head.find(' ', 4) - 4);
        const auto found = answers_.find(path);
        if (found == answers_.end()) return connection.wait_for_end();  // For ever.
        connection.write(found->second);
    }

    const std::map<std::string, std::string> answers_;
    mutable std::mutex mutex_;
    Strings heads_;
    ScriptedServer server_{[this](ScriptedServer::Connection& connection) { serve(connection); }};
};

class MediaTest : public ::testing::Test {
  protected:
    // Kannel waits longest.
    void configure(const std::string& media, const std::string& base_url = "https://api.example.com",
                   const std::string& provider = "kannel") {
        read.emplace(R"({"provider":")" + provider + R"(","verify":"none","public_url":"https://h/",)" +
                     R"("account":{"id":"AC1","secret":"s3cret","base_url":")" + base_url + R"("},"media":{)" + media +
                     "}}");
        ASSERT_EQ(read->errors, Strings{});
        fetcher.emplace(*read->settings, host.host(), io.get_executor(),
                        [this](const std::string& conversation) { over.push_back(conversation); });
    }
    v1::Sms::Media& add(const std::string& url) {
        v1::Sms::Media& media = *inbound.add_media();
        media.set_url(url);
        media.set_state(v1::Sms::Media::AT_PROVIDER);
        return media;
    }
    void fetch() {
        media = fetcher->begin(inbound, "+1/+2", steady_ms());
        ASSERT_TRUE(media);
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (over.empty() && std::chrono::steady_clock::now() < deadline) {
            io.restart();
            io.run_one_for(std::chrono::milliseconds(10));
        }
        ASSERT_EQ(over, Strings{"+1/+2"});
        over.clear();
        ASSERT_TRUE(media->is_over());
        media->tell(inbound);
    }
    // What consumers see of each, in the body; `-`: it was not fetched.
    Strings seen() {
        const std::string_view body = media->sealed() != 0 ? host.bodies[media->sealed()] : media->bytes();
        Strings texts;
        for (const v1::Sms::Media& it : inbound.media()) {
            const bool is_there = it.state() == v1::Sms::Media::FETCHED;
            texts.emplace_back(is_there ? body.substr(it.body_begin(), it.size()) : "-");
        }
        return texts;
    }

    Bodies host;
    boost::asio::io_context io;
    std::optional<test::ReadSettings> read;
    std::optional<MediaFetcher> fetcher;
    v1::Sms::Inbound inbound;
    std::shared_ptr<Media> media;
    Strings over;
};

constexpr auto kFetch = R"("fetch":true,"timeout":"15s","allow":["127.0.0.1"])";

TEST_F(MediaTest, AreNotFetchedUnlessTheConfigurationSaysSo) {
    Shelf shelf({{"/a", answer("a")}});
    configure(R"("allow":["127.0.0.1"])");
    add(shelf.url("/a"));
    EXPECT_FALSE(fetcher->begin(inbound, "+1/+2", steady_ms()));
    EXPECT_EQ(shelf.connections(), 0u);
}

TEST_F(MediaTest, AreTheBodyOneAfterTheOther) {
    Shelf shelf({{"/a", answer("first")}, {"/empty", answer("")}, {"/b", answer("second")}});
    configure(kFetch);
    for (const char* path : {"/a", "/empty", "/b"}) add(shelf.url(path));
    fetch();
    EXPECT_EQ(media->bytes(), "firstsecond");
    EXPECT_EQ(seen(), (Strings{"first", "", "second"}));
    EXPECT_EQ(inbound.media(2).body_begin(), 5u);
    EXPECT_EQ(fetcher->counts().fetched, 3u);
    EXPECT_FALSE(fetcher->begin(v1::Sms::Inbound(), "+1/+2", steady_ms()));
}

TEST_F(MediaTest, AtAnAddressThatIsNotPublicStayWhereTheyAre) {
    Shelf shelf({{"/a", answer("a")}});
    configure(R"("fetch":true)");
    add(shelf.url("/a"));
    add("http://169.254.169.254/latest/meta-data/");
    add("http://[::1]:9/");
    add("file:///etc/passwd");
    add("nonsense");
    add("");
    fetch();
    EXPECT_EQ(shelf.connections(), 0u);
    EXPECT_EQ(seen(), (Strings{"-", "-", "-", "-", "-", "-"}));
    EXPECT_EQ(inbound.media(0).state(), v1::Sms::Media::AT_PROVIDER);
    EXPECT_EQ(fetcher->counts().failed, 6u);
    for (const std::string& line : host.log) EXPECT_THAT(line, Not(HasSubstr("meta-data")));
}

TEST_F(MediaTest, ThatAreNotToBeHadStayWhereTheyAre) {
    Shelf elsewhere({{"/", answer("b")}});
    Shelf shelf({{"/moved", answer("", "302 Found", "Location: " + elsewhere.url("/") + "\r\n")},
                 {"/none", answer("no", "404 Not Found")},
                 {"/part", answer("x", "206 Partial Content")},
                 {"/cut", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"},
                 {"/a", answer("a")}});
    configure(kFetch);
    for (const char* path : {"/moved", "/none", "/part", "/cut", "/a"}) add(shelf.url(path));
    fetch();
    EXPECT_EQ(seen(), (Strings{"-", "-", "-", "-", "a"}));
    EXPECT_EQ(elsewhere.connections(), 0u);
}

TEST_F(MediaTest, ThatAreTooLargeStayWhereTheyAre) {
    Shelf shelf({{"/7", answer("1234567")},
                 {"/8", answer("12345678")},
                 {"/endless", "HTTP/1.1 200 OK\r\n\r\n" + std::string(100'000, 'x')}});
    configure(std::string(kFetch) + R"(,"max_size":7)");
    for (const char* path : {"/8", "/endless"}) add(shelf.url(path));
    fetch();
    EXPECT_EQ(seen(), (Strings{"-", "-"}));
    inbound.Clear();
    for (const char* path : {"/7", "/7"}) add(shelf.url(path));
    fetch();
    EXPECT_EQ(media->bytes(), "1234567") << "of both together";
}

TEST_F(MediaTest, AreWhatTheProviderSays) {
    Shelf shelf({{"/a", answer("a")}});
    configure(kFetch);
    add(shelf.url("/a")).set_sha256(hex_encoded(digest(Digest::sha256, {"a"})));
    add(shelf.url("/a")).set_sha256(hex_encoded(digest(Digest::sha256, {"b"})));
    fetch();
    EXPECT_EQ(seen(), (Strings{"a", "-"}));
}

TEST_F(MediaTest, OfAServerThatIsSlowAreNotWaitedFor) {
    Shelf shelf({{"/a", answer("a")}});
    configure(R"("fetch":true,"timeout":"300ms","allow":["127.0.0.1"])");
    add(shelf.url("/never"));
    add(shelf.url("/a"));
    fetch();
    EXPECT_EQ(seen()[0], "-");
}

TEST_F(MediaTest, TheAccountsCredentialsGoToItsProviderAlone) {
    Shelf api({{"/a", answer("a")}, {"/b", answer("b")}});
    Shelf other({{"/a", answer("c")}});
    configure(kFetch, api.url(""), "twilio");
    add(api.url("/a")).set_needs_auth(true);
    add(api.url("/b"));
    add(other.url("/a")).set_needs_auth(true);
    fetch();
    EXPECT_EQ(seen(), (Strings{"a", "b", "c"}));
    for (const std::string& head : api.heads())
        EXPECT_EQ(head.find("authorization: Basic " + base64_encoded("AC1:s3cret")) != head.npos,
                  head.starts_with("GET /a "));
    EXPECT_THAT(other.heads().at(0), Not(HasSubstr("uthorization")));
}

TEST_F(MediaTest, ThatAreLargeAreAFile) {
    const std::string large(200'000, 'x'), more(100'000, 'y');
    Shelf shelf({{"/a", answer(large)}, {"/b", answer(more)}});
    configure(kFetch);
    for (const char* path : {"/a", "/b"}) add(shelf.url(path));
    fetch();
    ASSERT_NE(media->sealed(), 0u);
    EXPECT_EQ(media->bytes(), "");
    EXPECT_EQ(host.bodies[media->sealed()], large + more);
    EXPECT_EQ(seen(), (Strings{large, more}));
    media.reset();
    EXPECT_EQ(host.released, 1u);
    host.is_full = true;
    fetch();
    EXPECT_EQ(media->sealed(), 0u);
    EXPECT_EQ(media->bytes(), "");
    EXPECT_THAT(host.log.back(), HasSubstr("media are left out: no room"));
}

TEST_F(MediaTest, BeyondTenAreNotLookedAt) {
    Shelf shelf({{"/a", answer("a")}});
    configure(kFetch);
    for (std::size_t i = 0; i <= Media::kMax; ++i) add(shelf.url("/a"));
    fetch();
    EXPECT_EQ(media->bytes(), std::string(Media::kMax, 'a'));
    EXPECT_EQ(seen().back(), "-");
}

}  // namespace
}  // namespace millrace::sms
