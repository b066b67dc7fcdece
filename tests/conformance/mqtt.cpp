#include <utility>

#include "millrace/conformance.hpp"
#include "tests/support/mqtt_broker.hpp"

// Other clients of the broker that the adapter is a client of. Each publishes to a topic of its own, and is answered on
// a response topic of its own; a topic's conversation begins with a message. The broker is told how messages end; the
// one whose message it was hears that here.
namespace millrace::conformance {
namespace {

using namespace std::chrono_literals;

class Neighbour final : public Peer {
  public:
    explicit Neighbour(test::MqttBroker& broker) : broker_(broker) {}

    void open(const std::string& name) override {
        topic_ = name;
        send(kBeginning);
    }
    void send(std::string_view text) override { broker_.publish(topic_, text, answers(topic_)); }
    Heard outcome(std::chrono::milliseconds time) override {
        test::MqttBroker::Came came;
        if (!broker_.take(answers(topic_), came, time))
            return {broker_.has_lost_its_client() ? Heard::Kind::end : Heard::Kind::nothing};
        if (!came.code) return {Heard::Kind::text, came.text};
        if (!std::exchange(is_begun_, true)) return {Heard::Kind::opened};
        return {*came.code < 0x80 ? Heard::Kind::yes : Heard::Kind::no};
    }
    void stall() override { broker_.stall(); }
    void cut() override {}
    void close() override {}
    // So many others that this one is evicted.
    void provoke(std::uint32_t reason) override {
        if (reason != MILLRACE_REASON_POLICY) return;
        for (int i = 0; i < kScopes; ++i) broker_.publish("crowd/" + std::to_string(i), kBeginning, "crowd");
    }

    static constexpr int kScopes = 64;

  private:
    static std::string answers(const std::string& topic) { return "answers/" + topic; }

    test::MqttBroker& broker_;
    std::string topic_;
    bool is_begun_ = false;  // The beginning was acknowledged.
};

class Broker final : public Outside {
  public:
    std::string config() const override { return config_with(""); }
    std::string impatient_config() const override { return config_with(R"(, "idle_timeout": "300ms")"); }
    std::unique_ptr<Peer> peer(std::uint16_t) override { return std::make_unique<Neighbour>(broker_); }
    bool tells_outcomes() const override { return true; }
    bool offers_again() const override { return true; }

  private:
    std::string config_with(const std::string& more) const {
        return R"({"url": "mqtt://127.0.0.1:)" + std::to_string(broker_.port()) +
               R"(", "client_id": "gateway", "subscribe": "#", "max_scopes": )" + std::to_string(Neighbour::kScopes) +
               more + "}";
    }

    test::MqttBroker broker_;
};

}  // namespace

std::unique_ptr<Outside> outside() { return std::make_unique<Broker>(); }

}  // namespace millrace::conformance
