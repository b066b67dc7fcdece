#include "tests/support/mqtt_broker.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "tests/unit/adapters/mqtt/packets.hpp"

namespace millrace::test {
namespace {

using namespace mqtt::test;

constexpr int kResponseTopic = 0x08;

void send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string_view take(std::string_view& from, std::size_t size) {
    if (size > from.size()) throw std::runtime_error("a packet is too short");
    const std::string_view taken = from.substr(0, size);
    from.remove_prefix(size);
    return taken;
}

std::size_t take_number(std::string_view& from, std::size_t size) {
    std::size_t number = 0;
    for (const char c : take(from, size)) number = number << 8 | static_cast<unsigned char>(c);
    return number;
}

std::size_t take_varint(std::string_view& from) {
    std::size_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
        const std::size_t byte = take_number(from, 1);
        number |= (byte & 127) << shift;
        if (byte < 128) return number;
    }
}

}  // namespace

MqttBroker::MqttBroker()
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), wake_(::eventfd(0, EFD_CLOEXEC)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &size) != 0)
        throw std::runtime_error("no port for the broker");
    port_ = ::ntohs(address.sin_port);
    thread_ = std::thread(&MqttBroker::run, this);
}

MqttBroker::~MqttBroker() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    ::eventfd_write(wake_, 1);
    thread_.join();
    for (const auto& [socket, client] : clients_) ::close(socket);
    ::close(listener_);
    ::close(wake_);
}

void MqttBroker::publish(std::string_view topic, std::string_view text, std::string_view response_topic) {
    {
        const std::lock_guard lock(mutex_);
        last_id_ = std::max<std::uint16_t>(1, static_cast<std::uint16_t>(last_id_ + 1));
        response_topics_[last_id_] = response_topic;
        to_publish_.push_back(
            mqtt::test::publish(mqtt::Version::v5, {.topic = std::string(topic),
                                                    .qos = 1,
                                                    .id = last_id_,
                                                    .payload = std::string(text),
                                                    .properties = property(kResponseTopic, str(response_topic))}));
    }
    ::eventfd_write(wake_, 1);
}

bool MqttBroker::take(const std::string& topic, Came& came, std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    if (is_stalled_) {
        is_stalled_ = false;
        ::eventfd_write(wake_, 1);
    }
    std::deque<Came>& waiting = came_for_[topic];
    if (!came_.wait_for(lock, time, [&] { return !waiting.empty(); })) return false;
    came = waiting.front();
    waiting.pop_front();
    return true;
}

void MqttBroker::stall() {
    const std::lock_guard lock(mutex_);
    is_stalled_ = true;
}

bool MqttBroker::has_lost_its_client() {
    const std::lock_guard lock(mutex_);
    return has_had_client_ && std::ranges::none_of(clients_, [](const auto& it) { return it.second.is_subscribed; });
}

void MqttBroker::run() {
    for (;;) {
        std::vector<pollfd> polled{{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
        for (const auto& [socket, client] : clients_) polled.push_back({socket, POLLIN, 0});
        ::poll(polled.data(), polled.size(), -1);
        const std::lock_guard lock(mutex_);
        if (is_stopping_) return;
        if (polled[1].revents != 0) {
            eventfd_t count = 0;
            ::eventfd_read(wake_, &count);
        }
        if (polled[0].revents != 0) clients_[::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)];
        for (const pollfd& it : polled) {
            const auto client = clients_.find(it.fd);
            if (client == clients_.end() || it.revents == 0 || read(it.fd, client->second)) continue;
            ::close(it.fd);
            clients_.erase(client);
        }
        flush();
    }
}

// False: it has gone.
bool MqttBroker::read(int socket, Client& client) {
    char bytes[65'536];
    const ssize_t size = ::recv(socket, bytes, sizeof bytes, 0);
    if (size <= 0) return false;
    client.in.append(bytes, static_cast<std::size_t>(size));
    for (std::string_view rest = client.in; !rest.empty(); rest = client.in) {
        try {
            const auto first = static_cast<std::uint8_t>(take_number(rest, 1));
            const std::string_view body = millrace::test::take(rest, take_varint(rest));
            if (first == 0xE0) return false;
            take_packet(socket, client, first, body);
            client.in.erase(0, client.in.size() - rest.size());
        } catch (const std::runtime_error&) {
            return true;  // More is to come.
        }
    }
    return true;
}

void MqttBroker::take_packet(int socket, Client& client, std::uint8_t first, std::string_view body) {
    if (first == 0x10) send_all(socket, connack(mqtt::Version::v5));
    if (first == 0xC0) send_all(socket, pingresp());
    if (first == 0x82) {
        const auto id = static_cast<unsigned>(take_number(body, 2));
        send_all(socket, packet(0x90, u16(id) + properties("") + bytes({1})));
        client.is_subscribed = has_had_client_ = true;
    }
    if (first == 0x40) {
        const auto id = static_cast<std::uint16_t>(take_number(body, 2));
        const auto code = static_cast<std::uint8_t>(body.empty() ? 0 : take_number(body, 1));
        came_for_[response_topics_[id]].push_back({{}, code});
        came_.notify_all();
    }
    if (first >> 4 != 3) return;
    const std::string topic(millrace::test::take(body, take_number(body, 2)));
    const auto id = static_cast<unsigned>(take_number(body, 2));
    millrace::test::take(body, take_varint(body));
    came_for_[topic].push_back({std::string(body), {}});
    client.held_back.push_back(puback(id));
    came_.notify_all();
}

void MqttBroker::flush() {
    for (auto& [socket, client] : clients_) {
        if (!is_stalled_) {
            for (const std::string& it : client.held_back) send_all(socket, it);
            client.held_back.clear();
        }
        if (!client.is_subscribed) continue;
        for (const std::string& it : to_publish_) send_all(socket, it);
        to_publish_.clear();
    }
}

}  // namespace millrace::test
