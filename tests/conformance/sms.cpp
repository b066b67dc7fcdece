#include <atomic>
#include <cctype>
#include <utility>
#include <vector>

#include "adapters/common/form.hpp"
#include "adapters/common/percent.hpp"
#include "millrace/conformance.hpp"
#include "tests/conformance/inboxes.hpp"
#include "tests/support/scripted_server.hpp"

// Phones, and the provider that they are with: each message is a webhook as Twilio makes it, on a connection of the
// phone's own, and its response tells how it has ended; replies come to the provider's REST API.
namespace millrace::conformance {
namespace {

using namespace std::chrono_literals;

constexpr const char* kOurs = "+15550100";

class Phone final : public Peer {
  public:
    Phone(std::uint16_t port, Inboxes& inboxes) : port_(port), inboxes_(inboxes) {}

    void open(const std::string& name) override {
        number_ = "+1555" + std::to_string(1'000'000 + std::hash<std::string>()(name) % 9'000'000);
        wire_.connect(port_);
        send(kBeginning);
    }
    void send(std::string_view text) override {
        static std::atomic<unsigned> count = 0;
        const std::string body = "MessageSid=SM" + std::to_string(++count) + "&To=" + percent_encoded(kOurs) +
                                 "&From=" + percent_encoded(number_) + "&Body=" + percent_encoded(text);
        wire_.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
                   std::to_string(body.size()) + "\r\n\r\n" + body);
        ++owed_;
    }
    Heard outcome(std::chrono::milliseconds time) override {
        inboxes_.stall(false);
        const auto deadline = std::chrono::steady_clock::now() + time;
        for (;;) {
            if (Heard heard = response(); heard.kind != Heard::Kind::nothing) return heard;
            const auto rest =
                std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
            std::string text;
            if (inboxes_.take(number_, text, owed_ == 0 ? std::max(rest, 0ms) : 0ms)) return {Heard::Kind::text, text};
            if (rest <= 0ms) return {};
            if (owed_ != 0 && !wire_.read(in_, std::min(rest, 20ms)) && wire_.is_at_end()) return {Heard::Kind::end};
        }
    }
    void stall() override { inboxes_.stall(true); }
    void cut() override {}
    void close() override {}
    // So many others that this one is evicted.
    void provoke(std::uint32_t reason) override {
        if (reason != MILLRACE_REASON_POLICY) return;
        for (int i = 0; i < kScopes; ++i) {
            Phone other(port_, inboxes_);
            other.open("other " + std::to_string(i));
            other.outcome(patience());
        }
    }

    static constexpr int kScopes = 64;

  private:
    // The next one that is there whole.
    Heard response() {
        if (replies_ != 0) return {Heard::Kind::text, take_reply()};
        if (ending_ != Heard::Kind::nothing) return {std::exchange(ending_, Heard::Kind::nothing)};
        const std::size_t head = in_.find("\r\n\r\n");
        if (head == in_.npos) return {};
        std::size_t size = 0;
        if (const std::size_t at = in_.find("Content-Length: "); at < head) size = std::stoul(in_.substr(at + 16));
        if (in_.size() < head + 4 + size) return {};
        const std::string status = in_.substr(9, 3);
        body_ = in_.substr(head + 4, size);
        in_.erase(0, head + 4 + size);
        --owed_;
        if (status == "503") return {Heard::Kind::later};
        if (status != "200") return {Heard::Kind::no};
        for (std::size_t at = 0; (at = body_.find("<Body>", at)) != body_.npos; ++at) ++replies_;
        ending_ = std::exchange(is_begun_, true) ? Heard::Kind::yes : Heard::Kind::opened;
        return response();
    }
    std::string take_reply() {
        --replies_;
        const std::size_t begin = body_.find("<Body>") + 6;
        const std::string text = body_.substr(begin, body_.find("</Body>") - begin);
        body_.erase(0, begin);
        return text;
    }

    const std::uint16_t port_;
    Inboxes& inboxes_;
    std::string number_;
    Wire wire_;
    std::string in_;
    std::string body_;
    int owed_ = 0;  // Responses.
    int replies_ = 0;
    Heard::Kind ending_ = Heard::Kind::nothing;
    bool is_begun_ = false;
};

class Provider final : public Outside {
  public:
    Provider() : server_([this](testing::ScriptedServer::Connection& connection) { serve(connection); }) {}
    ~Provider() override { inboxes_.stall(false); }

    std::string config() const override { return config_with(""); }
    std::string impatient_config() const override { return config_with(R"(, "scope_timeout": "300ms")"); }
    std::unique_ptr<Peer> peer(std::uint16_t port) override { return std::make_unique<Phone>(port, inboxes_); }
    bool tells_outcomes() const override { return true; }
    std::size_t unanswered_max() const override { return 60; }  // A connection reads no more of them than 64.
    Heard::Kind refusal() const override { return Heard::Kind::yes; }

  private:
    void serve(testing::ScriptedServer::Connection& connection) {
        for (;;) {
            const std::string request = connection.read_request();
            inboxes_.wait_for_readers();
            const auto form = parse_form(std::string_view(request).substr(request.find("\r\n\r\n") + 4), 10);
            inboxes_.put(std::string(value_of(*form, "To")), std::string(value_of(*form, "Body")));
            connection.write("HTTP/1.1 201 Created\r\nContent-Length: 13\r\n\r\n{\"sid\":\"SM1\"}");
        }
    }
    std::string config_with(const std::string& more) const {
        return R"({"listen": "127.0.0.1:0", "provider": "twilio", "verify": "none", "public_url": "http://h/",
                   "account": {"id": "AC1", "base_url": "http://127.0.0.1:)" +
               std::to_string(server_.port()) + R"("}, "max_scopes": )" + std::to_string(Phone::kScopes) + more + "}";
    }

    Inboxes inboxes_;
    testing::ScriptedServer server_;
};

}  // namespace

std::unique_ptr<Outside> outside() { return std::make_unique<Provider>(); }

}  // namespace millrace::conformance
