#pragma once

#include <mqtt/message.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

// What is in the gateway's hands: the messages between their arrival and their settlement. As many as the gate lets
// pass, and those of earlier connections that have not ended. Not thread-safe.
namespace millrace::mqtt {

class TopicScope;

struct Message {
    enum class State : std::uint8_t {
        free,
        on_its_way,  // The library has not delivered it yet.
        waiting,     // In the line of its scope.
        submitted,   // Its settlement is to come.
        ended,       // Settled while it was being submitted.
    };

    State state = State::free;
    std::uint8_t qos = 0;
    bool is_text = false;
    std::uint32_t index = 0;
    std::uint32_t generation = 0;
    std::uint32_t next = 0;  // In the line.
    std::uint32_t payload_size = 0;
    std::uint32_t hops = 0;
    std::uint64_t number = 0;
    TopicScope* scope = nullptr;
    std::string topic;
    std::string fields;                   // Serialised, of the ChannelMessage.
    ::mqtt::const_message_ptr delivered;  // Null while it is on its way.
};

class Messages {
  public:
    static constexpr std::uint32_t kNone = UINT32_MAX;

    Message& add() {
        if (free_.empty()) {
            free_.push_back(static_cast<std::uint32_t>(all_.size()));
            all_.emplace_back().index = free_.back();
        }
        Message& message = all_[free_.back()];
        free_.pop_back();
        return message;
    }
    void remove(Message& message) {
        message.state = Message::State::free;
        message.scope = nullptr;
        message.delivered.reset();
        ++message.generation;
        free_.push_back(message.index);
    }

    Message& operator[](std::uint32_t index) { return all_[index]; }
    std::deque<Message>& all() { return all_; }
    const std::deque<Message>& all() const { return all_; }

    // Names it to the gateway, and finds it again as long as it is the same.
    static std::uint64_t cookie(const Message& message) {
        return std::uint64_t{message.generation} << 32 | message.index;
    }
    Message* find(std::uint64_t cookie) {
        const auto index = static_cast<std::uint32_t>(cookie);
        if (index >= all_.size() || all_[index].generation != cookie >> 32) return nullptr;
        return all_[index].state == Message::State::free ? nullptr : &all_[index];
    }

  private:
    std::deque<Message> all_;
    std::vector<std::uint32_t> free_;
};

}  // namespace millrace::mqtt
