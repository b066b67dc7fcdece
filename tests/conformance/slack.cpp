#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "adapters/chat/slack/mrkdwn.hpp"
#include "adapters/chat/slack/signature.hpp"
#include "adapters/common/form.hpp"
#include "millrace/conformance.hpp"
#include "tests/conformance/inboxes.hpp"
#include "tests/support/scripted_server.hpp"

// Rooms, and Slack around them: what is said there comes as events, signed, on a connection of the room's own, and the
// response tells how it has ended; replies come to the Web API.
namespace millrace::conformance {
namespace {

using namespace std::chrono_literals;
using chat::slack::Signature;

constexpr const char* kSecret = "a secret of a test";
constexpr const char* kTime = "1700000000";  // That the suite's gateway always has.
constexpr std::size_t kTextMax = 4'000;      // Of one message of the adapter; a longer one goes on in the next.

class Room final : public Peer {
  public:
    Room(std::uint16_t port, Inboxes& inboxes) : port_(port), inboxes_(inboxes) {}

    void open(const std::string& name) override {
        id_ = "C" + std::to_string(1'000'000 + std::hash<std::string>()(name) % 9'000'000);
        wire_.connect(port_);
        wait_until_slack_is_heard();
        send(kBeginning);
    }
    void send(std::string_view text) override {
        static std::atomic<unsigned> count = 0;
        const std::string number = std::to_string(1'000'000 + ++count);
        post(boost::json::serialize(boost::json::object{{"type", "message"},
                                                        {"channel", id_},
                                                        {"user", "U1"},
                                                        {"text", chat::slack::escaped(text)},
                                                        {"ts", "1700000000." + number.substr(1)}}),
             number);
    }
    Heard outcome(std::chrono::milliseconds time) override {
        inboxes_.stall(false);
        const auto deadline = std::chrono::steady_clock::now() + time;
        for (;;) {
            if (Heard heard = response(); heard.kind != Heard::Kind::nothing) return heard;
            const auto rest =
                std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
            std::string text;
            if (take(text, owed_ == 0 ? std::max(rest, 0ms) : 0ms)) return {Heard::Kind::text, text};
            if (rest <= 0ms) return {};
            if (owed_ != 0 && !wire_.read(in_, std::min(rest, 20ms)) && wire_.is_at_end()) return {Heard::Kind::end};
        }
    }
    void stall() override { inboxes_.stall(true); }
    void cut() override {}
    // Its last event: the room is closed to the gateway.
    void close() override { post(R"({"type":"channel_archive","channel":")" + id_ + "\"}", "archive" + id_); }
    // So many others that this one is evicted.
    void provoke(std::uint32_t reason) override {
        if (reason != MILLRACE_REASON_POLICY) return;
        for (int i = 0; i < kRooms; ++i) {
            Room other(port_, inboxes_);
            other.open("other " + std::to_string(i));
            other.outcome(patience());
        }
    }

    static constexpr int kRooms = 64;

  private:
    void post(const std::string& event, const std::string& number) {
        static const Signature signature = *Signature::make(std::vector<std::string>{kSecret});
        const std::string body = R"({"type":"event_callback","event_id":"Ev)" + number + R"(","event":)" + event + "}";
        wire_.send(
            "POST /slack/events HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
            "X-Slack-Request-Timestamp: " +
            std::string(kTime) + "\r\nX-Slack-Signature: " + signature.sign(kTime, body) +
            "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        ++owed_;
    }

    // Something that nobody wants is put off as long as the adapter does not know who it is.
    void wait_until_slack_is_heard() {
        const auto deadline = std::chrono::steady_clock::now() + patience();
        std::string status;
        while (status != "200" && std::chrono::steady_clock::now() < deadline) {
            post(R"({"type":"team_join"})", "0");
            while ((status = take_status()).empty() && !wire_.is_at_end()) wire_.read(in_, 20ms);
        }
    }

    // Of the next response that is there whole.
    std::string take_status() {
        const std::size_t head = in_.find("\r\n\r\n");
        if (head == in_.npos) return {};
        std::size_t size = 0;
        if (const std::size_t at = in_.find("Content-Length: "); at < head) size = std::stoul(in_.substr(at + 16));
        if (in_.size() < head + 4 + size) return {};
        std::string status = in_.substr(9, 3);
        in_.erase(0, head + 4 + size);
        --owed_;
        return status;
    }

    Heard response() {
        const std::string status = take_status();
        if (status.empty()) return {};
        if (status == "503") return {Heard::Kind::later};
        if (status != "200") return {Heard::Kind::no};
        return {std::exchange(is_begun_, true) ? Heard::Kind::yes : Heard::Kind::opened};
    }

    bool take(std::string& text, std::chrono::milliseconds time) {
        std::string part;
        do {
            if (!inboxes_.take(id_, part, text.empty() ? time : patience())) return false;
            text += part;
        } while (part.size() == kTextMax);
        return true;
    }

    const std::uint16_t port_;
    Inboxes& inboxes_;
    std::string id_;
    Wire wire_;
    std::string in_;
    int owed_ = 0;  // Responses.
    bool is_begun_ = false;
};

class Slack final : public Outside {
  public:
    Slack() : server_([this](testing::ScriptedServer::Connection& connection) { serve(connection); }) {}
    ~Slack() override { inboxes_.stall(false); }

    std::string config() const override { return config_with(""); }
    std::string impatient_config() const override { return config_with(R"(, "idle_timeout": "300ms")"); }
    std::unique_ptr<Peer> peer(std::uint16_t port) override { return std::make_unique<Room>(port, inboxes_); }
    bool tells_outcomes() const override { return true; }
    std::size_t unanswered_max() const override { return 60; }  // A connection reads no more of them than 64.
    Heard::Kind refusal() const override { return Heard::Kind::yes; }

  private:
    void serve(testing::ScriptedServer::Connection& connection) {
        for (;;) {
            const std::string request = connection.read_request();
            std::string answer = R"({"ok":true,"user_id":"U0","bot_id":"B0","team_id":"T1","team":"t","user":"u"})";
            if (request.find("chat.postMessage") < request.find("\r\n")) {
                inboxes_.wait_for_readers();
                const auto form = parse_form(std::string_view(request).substr(request.find("\r\n\r\n") + 4), 10);
                inboxes_.put(std::string(value_of(*form, "channel")), chat::slack::unescaped(value_of(*form, "text")));
                answer = R"({"ok":true,"ts":"1.000001"})";
            }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(answer.size()) + "\r\n\r\n" +
                             answer);
        }
    }
    std::string config_with(const std::string& more) const {
        return R"({"bot_token": "xoxb-1", "names": false, "api_url": "http://127.0.0.1:)" +
               std::to_string(server_.port()) + R"(", "max_conversations": )" + std::to_string(Room::kRooms) +
               R"(, "send": {"burst": 10000, "interval": "1ms", "per_minute": 1000000, "max_waiting": 100000},
                   "events": {"listen": "127.0.0.1:0", "signing_secret": ")" +
               kSecret + "\"}" + more + "}";
    }

    Inboxes inboxes_;
    testing::ScriptedServer server_;
};

}  // namespace

std::unique_ptr<Outside> outside() { return std::make_unique<Slack>(); }

}  // namespace millrace::conformance
