#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/mqtt/codec.hpp"
#include "adapters/mqtt/connect.hpp"
#include "adapters/mqtt/keep_alive.hpp"
#include "adapters/mqtt/outgoing.hpp"
#include "adapters/mqtt/session.hpp"

// Between a broker and an MQTT client library that acknowledges each message as soon as its callback has returned.
//
// The library connects to the gate as if it were the broker, on the loopback interface. Messages pass on to it; its
// acknowledgements end here, and the gate writes its own when the gateway has settled the message. QoS 2 is shown to
// the library as QoS 1: the receiver's part of it is played here, alike for 3.1.1 and 5. Pings of both sides are
// answered here, so that a consumer that stalls never costs the session. What the library itself publishes and
// subscribes passes as it is.
//
// No I/O and no clock: bytes go in and come out, and times are milliseconds of a clock that does not go back. Not
// thread-safe. One gate serves one session with a broker, one link (a connection to each side) after the other.
//
// Pairing   The n-th message that the library delivers of a link, from 0, has the number first_number() + n, if the
//           library keeps the order of its connection and delivers each message once.
// Memory    Bounded by the limits of the session, however much a broker sends: at the limits the stream is left alone
//           at a PUBLISH (is_paused), and taken up again when half of what had filled it is settled.
// Order     Everything that the broker is told stays behind what it was told before, and acknowledgements are in the
//           order of their messages.
namespace millrace::mqtt {

struct GateSettings {
    // What the library has to give as its password, so that no other process can take its place.
    std::string nonce;

    // Aliases are resolved here and never reach the library. What is larger than `packet_bytes_max` is not passed on:
    // of a broker that speaks 5 it breaks what was agreed on; one of 3.1.1 cannot know, gets its acknowledgement, and
    // the message is counted as oversized.
    ConnectChanges changes;

    SessionLimits session{4096, 64u << 20};
    std::int64_t connack_timeout_ms = 30'000;
};

class Gate {
  public:
    // How a link has ended.
    struct Ending {
        enum class Cause {
            protocol,      // The broker broke the protocol. Of 5 it was told so.
            refused,       // It does not want the connection.
            disconnected,  // It has said goodbye (5).
            unanswered,    // It did not answer the CONNECT in time.
            silent,        // It did not answer a ping in time.
            library,       // The library broke the protocol.
            left,          // The library has said goodbye.
        };
        Cause cause;
        std::uint8_t
            code;  // Return or reason code; of `refused` and `disconnected` the broker's, else what it was told.
        std::string text;  // A sentence for people.
    };
    // A message that went on to the library.
    struct Passed {
        std::uint64_t number;
        Publish publish;  // As the broker sent it, but for an alias, which its topic stands in for.
    };
    struct Settled {
        std::uint64_t number;
        Reason reason = Reason::success;  // 3.1.1 has no words for another.
    };
    struct Counts {
        std::uint64_t passed = 0;
        std::uint64_t repeated = 0;  // Of QoS 2, that the gateway had already.
        std::uint64_t oversized = 0;
        std::uint64_t acknowledged = 0;
        std::uint64_t stale = 0;  // Settled when it was of no use any more; the broker sends those of QoS 1 again.
        std::uint64_t pauses = 0;
        std::uint64_t pings = 0;  // That the broker was sent.
    };

    explicit Gate(GateSettings settings);

    // Is this the library? What is not is to be answered nothing and closed.
    bool admits(const Connect& connect) const;

    // Begins a link with the CONNECT that was admitted. `first_unseen` is the number of the first message that the
    // library has not delivered when its last connection has ended; at first 0.
    void open(const Connect& connect, std::uint64_t first_unseen, std::int64_t now_ms);

    // Either connection is gone. What was settled by then and not written may come again.
    void close();

    // Bytes that have come. They are taken from the front as far as possible; the rest is to be offered again with more
    // behind it, or when the gate wants to read again. Pieces for the library lie in `input`.
    void from_broker(Input& input, std::int64_t now_ms);
    void from_library(Input& input, std::int64_t now_ms);

    // Messages have ended, in any order. What is not known, or not any more, is counted and does nothing.
    void settle(std::span<const Settled> settled, std::int64_t now_ms);

    // Has the library look around: it gets the answer to a ping that it did not send, which means nothing to it. Where
    // a packet is on its way to it, that comes behind it.
    void nudge_library();

    // Sends pings and notices who does not answer. To be called at next_due_ms(); never: KeepAlive::kNever.
    void tick(std::int64_t now_ms);
    std::int64_t next_due_ms() const;

    // Whether more can be taken of either stream. Where it cannot, it is not to be read.
    bool wants_broker() const;
    bool wants_library() const;

    // Swaps what waits to be written with `out`, which is empty. All of it is to be written before any of what is taken
    // later; and that for the library before `input` of from_broker changes.
    void take_for_broker(std::string& out) { out.swap(for_broker_); }
    bool has_for_broker() const { return !for_broker_.empty(); }
    void take_for_library(Outgoing& out) { std::swap(out, for_library_); }

    // What the last call of from_broker has passed on. Views of its `input`, valid until that changes.
    std::span<const Passed> passed() const { return passed_; }

    bool is_open() const { return phase_ == Phase::open; }
    bool is_paused() const { return is_paused_; }
    Version version() const { return version_; }
    bool session_present() const { return session_present_; }  // What the broker has said, once it is open.
    std::uint64_t first_number() const { return first_number_; }
    std::uint64_t next_number() const { return session_.next_number(); }
    std::uint32_t unsettled() const { return session_.messages(); }
    const std::optional<Ending>& ending() const { return ending_; }
    const Counts& counts() const { return counts_; }

  private:
    enum class Phase { closed, connecting, open };

    bool may_take(const Input& input);
    void take_from_broker(char* first);
    void take_connack();
    void take_publish(char* first);
    bool resolve_topic(const Publish& publish, bool& has_alias, std::string_view& topic);
    std::string_view keep(std::string_view topic);
    void take_pubrel();
    void take_from_library();
    void answer_ping();
    void collect_owed();
    void send_owed();
    void fail(const Fault& fault);
    void end(Ending::Cause cause, std::uint8_t code, std::string text);

    GateSettings settings_;
    Session session_;
    KeepAlive keep_alive_;
    Counts counts_;
    std::int64_t now_ms_ = 0;  // Of the call in hand.

    // Of the link.
    Phase phase_ = Phase::closed;
    Version version_ = Version::v5;
    Codec broker_;
    Codec library_;
    std::vector<std::string> aliases_;  // Topics by alias; the one at 0 is not used.
    std::deque<std::string> resolved_;  // Those that messages of one call were sent by.
    std::size_t resolved_count_ = 0;
    std::uint16_t keep_alive_s_ = 0;
    std::int64_t connack_due_ms_ = 0;
    std::uint64_t first_number_ = 0;
    bool clean_start_ = false;
    bool session_present_ = false;
    bool is_skipping_ = false;  // The payload in hand does not go on.
    bool is_paused_ = false;
    bool owes_pingresp_ = false;
    std::string own_for_broker_;  // Waits for the end of what the library writes in pieces.
    std::string for_broker_;
    Outgoing for_library_;
    std::string head_;
    std::vector<Passed> passed_;
    std::optional<Ending> ending_;
};

}  // namespace millrace::mqtt
