#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "adapters/mqtt/gate.hpp"
#include "tests/unit/adapters/mqtt/packets.hpp"

// A gate between a broker and a library that both do what a string of bytes says, good or bad; and somebody who checks
// what the broker is told. For random tests and for the fuzzer.
namespace millrace::mqtt::test {

// Knows of each message what it may be answered, from what was passed on and settled alone.
class Auditor {
  public:
    explicit Auditor(Version version) : version_(version) {}

    // What is wrong; empty: nothing yet.
    std::string breach;

    void link(std::uint64_t first_number, std::uint64_t first_unseen) {
        first_number_ = first_number;
        line_.clear();
        std::erase_if(exchanges_, [&](const auto& pair) {
            const Exchange& it = pair.second;
            return it.stage == Stage::pending && it.number >= first_unseen;
        });
        stream_.clear();
    }

    void session(bool is_present) {
        if (!is_present) exchanges_.clear();
    }

    void passed(const Gate::Passed& it) {
        require(it.number == next_number_++, "numbers have gaps");
        const Publish& publish = it.publish;
        if (publish.qos == 0) return;
        line_.push_back(it.number);
        messages_[it.number] = {publish.packet_id, publish.qos, false, Reason::success};
        if (publish.qos < 2) return;
        require(!exchanges_.contains(publish.packet_id), "QoS 2 enters twice");
        exchanges_[publish.packet_id] = {it.number, Stage::pending};
    }

    void settled(std::uint64_t number, Reason reason) {
        const auto it = messages_.find(number);
        if (it == messages_.end() || it->second.is_settled) return;
        it->second.is_settled = true;
        it->second.reason = version_ == Version::v5 ? reason : Reason::success;
    }

    void broker_got(std::string_view bytes) {
        stream_ += bytes;
        Input input{stream_.data(), stream_.data() + stream_.size()};
        Codec codec(Sender::client, version_, kHeadBytesMin);
        const char* done = input.begin;
        for (;;) {
            const Codec::Step step = codec.take(input);
            if (step == Codec::Step::packet) take(codec.packet());
            if (step == Codec::Step::failed) require(false, "the broker is told what no client says");
            if (step == Codec::Step::failed || step == Codec::Step::need_more) break;
            if (codec.payload_left() == 0) done = input.begin;
        }
        stream_.erase(0, static_cast<std::size_t>(done - stream_.data()));
    }

  private:
    enum class Stage { pending, received };
    struct Message {
        std::uint16_t packet_id;
        std::uint8_t qos;
        bool is_settled;
        Reason reason;
    };
    struct Exchange {
        std::uint64_t number;
        Stage stage;
    };

    void require(bool condition, std::string_view text) {
        if (!condition && breach.empty()) breach = text;
    }

    void take(const Codec::Packet& packet) {
        const PacketType type = packet.head.type;
        if (type != PacketType::puback && type != PacketType::pubrec && type != PacketType::pubcomp) return;
        const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(packet.body[i]); };
        const auto packet_id = static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
        const Reason reason = packet.body.size() > 2 ? static_cast<Reason>(byte(2)) : Reason::success;
        if (type == PacketType::puback) return acknowledged(packet_id, 1, reason);
        if (type == PacketType::pubrec) return received(packet_id, reason);
        const auto it = exchanges_.find(packet_id);
        const bool is_open = it != exchanges_.end();
        if (version_ == Version::v5) require(is_open == (reason == Reason::success), "PUBCOMP with the wrong reason");
        if (!is_open) return;
        require(it->second.stage == Stage::received, "PUBCOMP before PUBREC");
        exchanges_.erase(it);
    }

    // The front of the line.
    void acknowledged(std::uint16_t packet_id, std::uint8_t qos, Reason reason) {
        require(!line_.empty(), "acknowledged twice");
        if (line_.empty()) return;
        const Message& message = messages_[line_.front()];
        line_.pop_front();
        require(message.packet_id == packet_id && message.qos == qos, "acknowledged out of order");
        require(message.is_settled, "acknowledged before it was settled");
        require(message.reason == reason, "acknowledged with another reason");
    }

    void received(std::uint16_t packet_id, Reason reason) {
        const auto it = exchanges_.find(packet_id);
        require(it != exchanges_.end(), "PUBREC of nothing");
        if (it == exchanges_.end()) return;
        const Message& message = messages_[it->second.number];
        const bool is_first = it->second.stage == Stage::pending && it->second.number >= first_number_;
        if (is_first) acknowledged(packet_id, 2, reason);
        require(message.is_settled, "PUBREC before it was settled");
        it->second.stage = Stage::received;
        if (is_failure(message.reason)) exchanges_.erase(it);
    }

    Version version_;
    std::uint64_t first_number_ = 0;
    std::uint64_t next_number_ = 0;
    std::deque<std::uint64_t> line_;  // Of this link, what is to be acknowledged.
    std::map<std::uint64_t, Message> messages_;
    std::map<std::uint16_t, Exchange> exchanges_;  // Of QoS 2, that are not over.
    std::string stream_;
};

class GateScript {
  public:
    // `chop`: bytes come in pieces of so many. Only where they come one by one, so that no two packets are taken at
    // once, the auditor can tell what came first.
    GateScript(std::string_view script, std::size_t chop)
        : script_(script), chop_(chop), version_(next() % 2 == 0 ? Version::v5 : Version::v3_1_1),
          limit_(1 + next() % 16), gate_(settings(limit_)), auditor_(version_) {}

    // What the auditor says; empty: all is well.
    std::string run() {
        link();
        while (!script_.empty() && auditor_.breach.empty()) step();
        return auditor_.breach;
    }

    // What went to either side.
    std::string to_broker;
    std::string to_library;

  private:
    static GateSettings settings(std::uint32_t limit) {
        return {
            .nonce = "nonce", .changes = {.topic_alias_max = 3}, .session = {limit, 500}, .connack_timeout_ms = 1000};
    }

    bool is_audited() const { return chop_ == 1; }

    std::uint8_t next() {
        if (script_.empty()) return 0;
        const auto byte = static_cast<std::uint8_t>(script_[0]);
        script_.remove_prefix(1);
        return byte;
    }

    void step() {
        switch (next() % 10) {
            case 0:
            case 1:
            case 2:
                return broker(message());
            case 3:
                return broker(pubrel(1 + next() % 6u));
            case 4: {
                const std::size_t wanted = next() % 32;
                const std::size_t size = std::min(wanted, script_.size());
                const std::string raw(script_.substr(0, size));
                script_.remove_prefix(size);
                return next() % 8 == 0 ? broker(raw) : library(raw);
            }
            case 5:
                return library(next() % 2 == 0 ? pingreq() : puback(1 + next() % 6u));
            case 6:
            case 7:
                return settle();
            case 8:
                now_ms_ += next() * 300;
                gate_.tick(now_ms_);
                return take();
            default:
                if (!gate_.ending() && next() % 4 != 0) return broker("");
                return link();
        }
    }

    std::string message() {
        const std::uint8_t how = next();
        PublishSpec spec;
        spec.qos = how % 3;
        spec.id = 1 + next() % 6u;
        spec.duplicate = spec.qos > 0 && (how & 64) != 0;
        spec.payload = std::string(how % 2 == 0 ? 3 : next(), 'p');
        if (version_ == Version::v5 && (how & 32) != 0) {
            spec.properties = property(35, u16(1 + next() % 3u));
            if (next() % 4 == 0) spec.topic = "";
        }
        return publish(version_, spec);
    }

    void settle() {
        constexpr Reason kReasons[] = {Reason::success, Reason::success, Reason::not_authorized};
        const std::uint64_t number = next_number_ - std::min<std::uint64_t>(next() % 24, next_number_);
        const Gate::Settled one{number, kReasons[next() % 3]};
        if (number < next_number_) {
            auditor_.settled(number, one.reason);
            seen_ = std::max(seen_, number + 1);
        }
        gate_.settle({&one, 1}, now_ms_);
        take();
    }

    // One more connection to each side. Of what was passed the library has seen all but the last few, and surely what
    // was settled.
    void link() {
        const std::uint64_t unseen = std::min<std::uint64_t>(next() % 4, next_number_ - gate_.first_number());
        const std::uint64_t first_unseen = std::max(next_number_ - unseen, seen_);
        const std::string text = connect(version_);
        Connect parsed;
        parse_connect(std::string_view(text).substr(2), parsed);
        gate_.open(parsed, first_unseen, now_ms_);
        auditor_.link(gate_.first_number(), first_unseen);
        from_broker_.clear();
        from_library_.clear();
        take();
        const bool is_present = next() % 4 != 0;
        auditor_.session(is_present);
        broker(connack(version_, is_present));
    }

    void broker(std::string_view bytes) {
        from_broker_ += bytes;
        for (std::size_t offered = 0; offered < from_broker_.size() && !gate_.ending();) {
            offered = std::min(offered + chop_, from_broker_.size());
            Input input{from_broker_.data(), from_broker_.data() + offered};
            gate_.from_broker(input, now_ms_);
            if (is_audited()) {
                for (const Gate::Passed& it : gate_.passed()) auditor_.passed(it);
            }
            next_number_ += gate_.passed().size();
            take();
            const auto taken = static_cast<std::size_t>(input.begin - from_broker_.data());
            from_broker_.erase(0, taken);
            offered -= taken;
            if (gate_.unsettled() > limit_) auditor_.breach = "more than the limit";
        }
        if (gate_.ending()) from_broker_.clear();
    }

    void library(std::string_view bytes) {
        from_library_ += bytes;
        for (std::size_t offered = 0; offered < from_library_.size() && !gate_.ending();) {
            offered = std::min(offered + chop_, from_library_.size());
            Input input{from_library_.data(), from_library_.data() + offered};
            gate_.from_library(input, now_ms_);
            take();
            const auto taken = static_cast<std::size_t>(input.begin - from_library_.data());
            from_library_.erase(0, taken);
            offered -= taken;
        }
        if (gate_.ending()) from_library_.clear();
    }

    void take() {
        std::string bytes;
        gate_.take_for_broker(bytes);
        if (is_audited()) auditor_.broker_got(bytes);
        to_broker += bytes;
        Outgoing out;
        gate_.take_for_library(out);
        for (const std::string_view piece : out.pieces()) to_library += piece;
    }

    std::string_view script_;
    std::size_t chop_;
    Version version_;
    std::uint32_t limit_;
    Gate gate_;
    Auditor auditor_;
    std::int64_t now_ms_ = 0;
    std::uint64_t next_number_ = 0;
    std::uint64_t seen_ = 0;
    std::string from_broker_;
    std::string from_library_;
};

}  // namespace millrace::mqtt::test
