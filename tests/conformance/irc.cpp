#include <algorithm>

#include "millrace/conformance.hpp"
#include "tests/support/irc_server.hpp"

// Persons on the network that the adapter is a client of: each talks to the gateway alone, under a nick of its own, and
// ends that by leaving the network.
namespace millrace::conformance {
namespace {

class Person final : public Peer {
  public:
    explicit Person(test::IrcServer& server) : server_(server) {}

    void open(const std::string& name) override {
        nick_ = name;
        std::ranges::replace(nick_, ' ', '_');
        send(kBeginning);
    }
    void send(std::string_view text) override { say(nick_, text); }
    // A text that fills its line goes on in the next one.
    Heard outcome(std::chrono::milliseconds time) override {
        std::string text, part;
        do {
            if (!server_.take(nick_, part, text.empty() ? time : patience()))
                return {server_.has_lost_its_client() ? Heard::Kind::end : Heard::Kind::nothing};
            text += part;
        } while (part.size() == server_.text_bytes_max(nick_));
        return {Heard::Kind::text, text};
    }
    void stall() override { server_.stall(); }
    void cut() override {}
    void close() override { server_.say(":" + nick_ + "!u@h QUIT :bye"); }
    // So many others that this one is evicted.
    void provoke(std::uint32_t reason) override {
        if (reason != MILLRACE_REASON_POLICY) return;
        for (int i = 0; i < kPersons; ++i) say("crowd" + std::to_string(i), kBeginning);
    }

    static constexpr int kPersons = 64;

  private:
    void say(const std::string& nick, std::string_view text) {
        server_.say(":" + nick + "!u@h PRIVMSG millrace :" + std::string(text));
    }

    test::IrcServer& server_;
    std::string nick_;
};

class Network final : public Outside {
  public:
    std::string config() const override { return config_with(""); }
    std::string impatient_config() const override { return config_with(R"(, "idle_timeout": "300ms")"); }
    std::unique_ptr<Peer> peer(std::uint16_t) override { return std::make_unique<Person>(server_); }

  private:
    std::string config_with(const std::string& more) const {
        return R"({"server": "irc://127.0.0.1:)" + std::to_string(server_.port()) + R"(", "max_persons": )" +
               std::to_string(Person::kPersons) +
               R"(, "pace": {"burst": 1000, "interval": "1ms"}, "queue_messages": 100000)" + more + "}";
    }

    test::IrcServer server_;
};

}  // namespace

std::unique_ptr<Outside> outside() { return std::make_unique<Network>(); }

}  // namespace millrace::conformance
