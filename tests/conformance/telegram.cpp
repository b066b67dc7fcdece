#include <algorithm>
#include <boost/json.hpp>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "adapters/common/json.hpp"
#include "millrace/conformance.hpp"
#include "tests/support/scripted_server.hpp"

// Persons, and the Bot API's server that the adapter polls: each talks to the bot alone, and ends that by blocking it.
namespace millrace::conformance {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

// What a message holds.
constexpr std::size_t kTextMax = 4096;

class BotApi {
  public:
    BotApi() : server_([this](testing::ScriptedServer::Connection& connection) { serve(connection); }) {}
    ~BotApi() {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
        changed_.notify_all();
    }

    std::uint16_t port() const { return server_.port(); }

    void happens(const char* kind, json::object what) {
        const std::lock_guard lock(mutex_);
        updates_.push_back({{"update_id", ++last_update_}, {kind, std::move(what)}});
        changed_.notify_all();
    }
    void stall(bool is_stalled) {
        const std::lock_guard lock(mutex_);
        is_stalled_ = is_stalled;
        changed_.notify_all();
    }
    // What the bot has said next in a chat.
    bool take(std::int64_t chat, std::string& text, std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        auto& texts = said_[chat];
        if (!changed_.wait_for(lock, time, [&] { return !texts.empty(); })) return false;
        text = std::move(texts.front());
        texts.pop_front();
        return true;
    }

  private:
    void serve(testing::ScriptedServer::Connection& connection) {
        for (;;) {
            const std::string request = connection.read_request();
            const std::size_t begin = request.find("TOKEN/") + 6;
            const std::string method = request.substr(begin, request.find(' ', begin) - begin);
            const auto body = parse_json(std::string_view(request).substr(request.find("\r\n\r\n") + 4));
            const std::string answer =
                json::serialize(json::object{{"ok", true}, {"result", result(method, JsonView(*body))}});
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(answer.size()) + "\r\n\r\n" +
                             answer);
        }
    }

    json::value result(const std::string& method, JsonView parameters) {
        if (method == "getMe") return {{"id", 99}, {"is_bot", true}, {"username", "mill_bot"}};
        std::unique_lock lock(mutex_);
        if (method == "getUpdates") return updates(lock, parameters);
        if (method != "sendMessage") return true;
        changed_.wait(lock, [&] { return !is_stalled_ || is_over_; });
        said_[*parameters["chat_id"].integer()].push_back(std::string(parameters["text"].text()));
        changed_.notify_all();
        return {{"message_id", ++last_message_}};
    }

    json::value updates(std::unique_lock<std::mutex>& lock, JsonView parameters) {
        const std::int64_t offset = parameters["offset"].integer().value_or(0);
        while (!updates_.empty() && updates_.front().at("update_id").as_int64() < offset) updates_.pop_front();
        const std::uint64_t poll = ++last_poll_;
        changed_.notify_all();
        changed_.wait_for(lock, std::chrono::seconds(parameters["timeout"].integer().value_or(0)),
                          [&] { return !updates_.empty() || is_over_ || last_poll_ != poll; });
        json::array result;
        if (last_poll_ == poll) std::copy(updates_.begin(), updates_.end(), std::back_inserter(result));
        return result;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<json::object> updates_;
    std::map<std::int64_t, std::deque<std::string>> said_;
    std::int64_t last_update_ = 0;
    std::int64_t last_message_ = 0;
    std::uint64_t last_poll_ = 0;
    bool is_stalled_ = false;
    bool is_over_ = false;
    testing::ScriptedServer server_;
};

class Person final : public Peer {
  public:
    explicit Person(BotApi& api) : api_(api) {}

    void open(const std::string& name) override {
        id_ = static_cast<std::int64_t>(1'000'000 + std::hash<std::string>()(name) % 1'000'000'000);
        send(kBeginning);
    }
    void send(std::string_view text) override { say(id_, text); }
    // A text that fills its message goes on in the next one.
    Heard outcome(std::chrono::milliseconds time) override {
        api_.stall(false);
        std::string text, part;
        do {
            if (!api_.take(id_, part, text.empty() ? time : patience())) return {};
            text += part;
        } while (part.size() == kTextMax);
        return {Heard::Kind::text, text};
    }
    void stall() override { api_.stall(true); }
    void cut() override {}
    void close() override {
        const json::object bot{{"id", 99}, {"is_bot", true}};
        api_.happens("my_chat_member", {{"chat", chat(id_)},
                                        {"from", person(id_)},
                                        {"date", 1},
                                        {"old_chat_member", {{"status", "member"}, {"user", bot}}},
                                        {"new_chat_member", {{"status", "kicked"}, {"user", bot}}}});
    }
    // So many others that this one is evicted.
    void provoke(std::uint32_t reason) override {
        if (reason != MILLRACE_REASON_POLICY) return;
        for (int i = 0; i < kScopes; ++i) say(1 + i, kBeginning);
    }

    static constexpr int kScopes = 64;

  private:
    static json::object person(std::int64_t id) { return {{"id", id}, {"is_bot", false}, {"first_name", "P"}}; }
    static json::object chat(std::int64_t id) { return {{"id", id}, {"type", "private"}, {"first_name", "P"}}; }

    void say(std::int64_t id, std::string_view text) {
        api_.happens("message", {{"message_id", ++messages_},
                                 {"date", 1},
                                 {"chat", chat(id)},
                                 {"from", person(id)},
                                 {"text", json::string_view(text.data(), text.size())}});
    }

    BotApi& api_;
    std::int64_t id_ = 0;
    std::int64_t messages_ = 0;
};

class Network final : public Outside {
  public:
    ~Network() override { api_.stall(false); }

    std::string config() const override { return config_with(""); }
    std::string impatient_config() const override { return config_with(R"(, "scope_timeout": "300ms")"); }
    std::unique_ptr<Peer> peer(std::uint16_t) override { return std::make_unique<Person>(api_); }
    // The bot asks for no more updates where 100 have not ended.
    std::size_t unanswered_max() const override { return 40; }

  private:
    std::string config_with(const std::string& more) const {
        return R"({"token": "99:TOKEN", "api": "http://127.0.0.1:)" + std::to_string(api_.port()) +
               R"(", "settle_deadline": "1s", "max_scopes": )" + std::to_string(Person::kScopes) +
               R"(, "pace": {"account": 1000, "chat": 1000, "group": 60000}, "queue_messages": 100000,
                   "queue_bytes": 100000)" +
               more + "}";
    }

    BotApi api_;
};

}  // namespace

std::unique_ptr<Outside> outside() { return std::make_unique<Network>(); }

}  // namespace millrace::conformance
