#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/mqtt/gate.hpp"
#include "tests/unit/adapters/mqtt/codec_reader.hpp"
#include "tests/unit/adapters/mqtt/packets.hpp"

// A gate with both of its sides in the hands of a test, which does with it what its owner does.
namespace millrace::mqtt::test {

inline GateSettings gate_settings(std::uint32_t messages = 16, std::uint64_t bytes = 1 << 20) {
    return {.nonce = "nonce",
            .changes = {.username = "user", .receive_maximum = 20, .packet_bytes_max = 2000, .topic_alias_max = 2},
            .session = {messages, bytes},
            .connack_timeout_ms = 1000};
}

class TwoSides {
  public:
    explicit TwoSides(Version version, const GateSettings& settings = gate_settings())
        : version_(version), gate(settings) {}

    void open(const ConnectSpec& spec = {}, std::uint64_t first_unseen = 0) {
        connect_ = test::connect(version_, spec);
        Codec codec(Sender::client, version_, kHeadBytesMin);
        Input input{connect_.data(), connect_.data() + connect_.size()};
        ASSERT_EQ(codec.take(input), Codec::Step::packet);
        Connect connect;
        ASSERT_EQ(parse_connect(codec.packet().body, connect), Fault{});
        ASSERT_TRUE(gate.admits(connect));
        from_broker_.clear();
        from_library_.clear();
        gate.open(connect, first_unseen, now_ms);
        take();
    }

    // With what the broker answers; what either side has got by then is forgotten.
    void accept(bool session_present = false, std::uint64_t first_unseen = 0) {
        open({}, first_unseen);
        broker(connack(version_, session_present));
        to_broker.clear();
        to_library.clear();
    }

    // Bytes that come from a side, behind those that the gate has left.
    void broker(std::string_view bytes) {
        from_broker_ += bytes;
        Input input{from_broker_.data(), from_broker_.data() + from_broker_.size()};
        gate.from_broker(input, now_ms);
        for (const Gate::Passed& it : gate.passed()) passed.push_back(it);
        take();
        from_broker_.erase(0, static_cast<std::size_t>(input.begin - from_broker_.data()));
    }
    void library(std::string_view bytes) {
        from_library_ += bytes;
        Input input{from_library_.data(), from_library_.data() + from_library_.size()};
        gate.from_library(input, now_ms);
        take();
        from_library_.erase(0, static_cast<std::size_t>(input.begin - from_library_.data()));
    }

    void settle(std::uint64_t number, Reason reason = Reason::success) {
        const Gate::Settled one{number, reason};
        gate.settle({&one, 1}, now_ms);
        take();
    }

    void nudge_library() {
        gate.nudge_library();
        take();
    }

    void tick() {
        gate.tick(now_ms);
        take();
    }

    std::size_t left_of_broker() const { return from_broker_.size(); }
    std::size_t left_of_library() const { return from_library_.size(); }

    // What has come out, as read_in_chops() has it.
    std::vector<std::string> broker_got() const { return read_in_chops(Sender::client, version_, to_broker, 1 << 20); }
    std::vector<std::string> library_got() const {
        return read_in_chops(Sender::broker, version_, to_library, 1 << 20);
    }

    std::string ending() const {
        if (!gate.ending()) return "";
        return hex(gate.ending()->code) + " " + gate.ending()->text;
    }

  private:
    void take() {
        std::string bytes;
        gate.take_for_broker(bytes);
        to_broker += bytes;
        Outgoing out;
        gate.take_for_library(out);
        for (const std::string_view piece : out.pieces()) to_library += piece;
    }

    Version version_;
    std::string connect_;
    std::string from_broker_;
    std::string from_library_;

  public:
    Gate gate;
    std::int64_t now_ms = 0;
    std::string to_broker;
    std::string to_library;
    std::vector<Gate::Passed> passed;
};

}  // namespace millrace::mqtt::test
