#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace millrace::test {

// A broker of MQTT 5 on a port of 127.0.0.1, as small as can be: whoever subscribes gets all that the test publishes,
// at QoS 1, whether it acknowledges or not; what others publish waits here, by topic, for the test to take it.
// Thread: the test's, and one of its own.
class MqttBroker {
  public:
    MqttBroker();
    ~MqttBroker();
    MqttBroker(const MqttBroker&) = delete;

    std::uint16_t port() const { return port_; }

    // To who has subscribed, or will.
    void publish(std::string_view topic, std::string_view text, std::string_view response_topic);

    // A text that was published to a topic; or the code of an acknowledgement of what had it as its response topic.
    struct Came {
        std::string text;
        std::optional<std::uint8_t> code;
    };
    // The next one for `topic`; false: none came in time. Ends a stall.
    bool take(const std::string& topic, Came& came, std::chrono::milliseconds time);

    // Nothing that others publish is acknowledged from now on.
    void stall();

    // There was one who had subscribed, and there is none now.
    bool has_lost_its_client();

  private:
    struct Client {
        std::string in;
        std::vector<std::string> held_back;  // Acknowledgements, while it stalls.
        bool is_subscribed = false;
    };

    void run();
    bool read(int socket, Client& client);
    void take_packet(int socket, Client& client, std::uint8_t first, std::string_view body);
    void flush();

    int listener_ = -1;
    int wake_ = -1;
    std::uint16_t port_ = 0;
    std::mutex mutex_;
    std::condition_variable came_;
    std::map<std::string, std::deque<Came>> came_for_;
    std::map<std::uint16_t, std::string> response_topics_;  // Of what is not acknowledged.
    std::deque<std::string> to_publish_;
    std::uint16_t last_id_ = 0;
    bool is_stalled_ = false;
    bool has_had_client_ = false;
    bool is_stopping_ = false;
    std::map<int, Client> clients_;
    std::thread thread_;
};

}  // namespace millrace::test
