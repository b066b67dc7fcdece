// A subscriber on Eclipse Paho MQTT C++ as its documentation has it: a message callback that counts. It ends with its
// connection, or after COUNT messages where that is not 0.
//
//     bare_paho PORT QOS VERSION COUNT
#include <mqtt/async_client.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
    if (argc != 5) return std::fprintf(stderr, "usage: bare_paho PORT QOS VERSION COUNT\n"), 2;
    const int version = std::string(argv[3]) == "5" ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
    mqtt::async_client client("tcp://127.0.0.1:" + std::string(argv[1]), "bare", mqtt::create_options(version));
    const std::uint64_t enough = std::strtoull(argv[4], nullptr, 10);
    std::uint64_t messages = 0, bytes = 0;
    std::atomic<bool> is_over{false};
    const auto end = [&] {
        is_over = true;
        is_over.notify_one();
    };
    client.set_message_callback([&](const mqtt::const_message_ptr& message) {
        bytes += message->get_payload().size();
        if (++messages == enough) end();
    });
    client.set_connection_lost_handler([&](const std::string&) { end(); });
    mqtt::connect_options options;
    options.set_mqtt_version(version);
    if (version == MQTTVERSION_5)
        options.set_clean_start(true);
    else
        options.set_clean_session(true);
    client.connect(options)->wait();
    client.subscribe("plant/#", std::atoi(argv[2]))->wait();
    is_over.wait(false);
    return std::printf("%llu bytes\n", static_cast<unsigned long long>(bytes)) < 0;
}
