#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "adapters/mqtt/protocol.hpp"

// The receiver's part of an MQTT session (§4.1): which messages the broker has sent and has not been told the end of.
// It outlives the connections that carry it, so that a message of QoS 2 enters the gateway once.
//
// Every message that goes on into the gateway has a number; they count from 0 over the whole life of the object,
// without gaps. What is known of a message is kept from its arrival to its acknowledgement. Acknowledgements come out
// in the order of arrival (§4.6), whatever the order of settlement: those of QoS 1 and 2 in one line, which QoS 0 does
// not hold up. Nothing is allocated for a message, but for the first of QoS 2. Not thread-safe.
namespace millrace::mqtt {

struct SessionLimits {
    std::uint32_t messages;  // That have not come to their end; 1 to 65,536.
    std::uint64_t bytes;     // Of them together. One may pass it.
};

class Session {
  public:
    struct Arrival {
        std::uint8_t qos;
        std::uint16_t packet_id;  // 0 with QoS 0.
        std::uint32_t size;       // Of the packet, in bytes.
    };
    struct Owed {
        PacketType type;  // puback, pubrec
        std::uint16_t packet_id;
        Reason reason;
    };
    enum class Settlement {
        taken,
        stale,  // It is settled already, or of a connection that has gone: the broker sends it again.
        unknown,
    };
    enum class Release {
        known,
        unknown,
        early,  // Nothing was said of the message yet.
    };

    explicit Session(const SessionLimits& limits);

    // Another connection begins. Of what the last one has brought, the gateway has those messages whose number is below
    // `first_unseen`. What the broker has not been told of QoS 0 and 1 is forgotten: it comes again.
    void begin(std::uint64_t first_unseen);

    // What the broker says it remembers, which comes before any message. False: both have forgotten.
    void resume(bool session_present);

    // A message, while is_full() is false. Its number; nothing where it is a message of QoS 2 that the gateway has or
    // had already, and is not to go on.
    std::optional<std::uint64_t> arrive(const Arrival& arrival);

    // A message that does not go on and has its end at once. While is_full() is false.
    void refuse(const Arrival& arrival, Reason reason);

    // PUBREL: where the answer is `known` or `unknown`, PUBCOMP is owed.
    Release release(std::uint16_t packet_id);

    // How a message has ended.
    Settlement settle(std::uint64_t number, Reason reason);

    // The next acknowledgement that may be sent now. It counts as sent.
    std::optional<Owed> next_owed();

    std::uint64_t next_number() const { return next_number_; }
    std::uint32_t messages() const { return static_cast<std::uint32_t>(tail_ - head_); }
    std::uint64_t bytes() const { return bytes_; }
    bool is_full() const { return messages() >= limits_.messages || bytes_ >= limits_.bytes; }
    bool is_half_empty() const { return messages() <= limits_.messages / 2 && bytes_ <= limits_.bytes / 2; }

  private:
    // One PUBLISH of this connection, by its position in the order of arrival.
    struct Entry {
        std::uint64_t number;  // kNone: it did not go on.
        std::uint32_t size;
        std::uint16_t packet_id;
        std::uint8_t qos;
        Reason reason;
        bool is_settled;
    };
    // What is known of a packet identifier's message of QoS 2.
    enum class Stage : std::uint8_t {
        free,
        pending,   // The gateway has it.
        settled,   // It has ended, and PUBREC is to be sent.
        received,  // PUBREC was sent; PUBREL is to come.
    };
    struct Exchange {
        Stage stage = Stage::free;
        Reason reason = Reason::success;
        bool is_in_line = false;  // There is an entry of this connection for it, at `position`.
        std::uint64_t position = 0;
    };

    static constexpr std::uint64_t kNone = UINT64_MAX;

    Entry& at(std::uint64_t position) { return entries_[position & mask_]; }
    std::uint64_t& position_of(std::uint64_t number) { return positions_[number & mask_]; }
    void append(const Arrival& arrival, std::uint64_t number, bool is_settled, Reason reason);
    void settle_entry(Entry& entry, Reason reason);
    Exchange& exchange(std::uint16_t packet_id);
    bool is_repeated(const Arrival& arrival);
    void carry_over(const Entry& entry, std::uint64_t first_unseen);
    bool leave_line(Exchange& it, Reason reason);
    void drop_ended();

    SessionLimits limits_;
    std::uint64_t mask_;
    std::vector<Entry> entries_;                                // A ring, by position.
    std::vector<std::uint64_t> positions_;                      // A ring, by number.
    std::vector<Exchange> exchanges_;                           // By packet identifier; empty until the first QoS 2.
    std::unordered_map<std::uint64_t, std::uint16_t> carried_;  // QoS 2 of earlier connections: number to identifier.
    std::uint64_t head_ = 0;                                    // Positions: what has not ended is from here on,
    std::uint64_t owed_ = 0;                                    // what was not acknowledged from here,
    std::uint64_t tail_ = 0;                                    // and the next to come is here.
    std::uint64_t next_number_ = 0;
    std::uint64_t first_number_ = 0;  // Of this connection.
    std::uint64_t bytes_ = 0;
};

}  // namespace millrace::mqtt
