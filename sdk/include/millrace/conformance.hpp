#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "millrace/abi.h"

// What the author of an adapter writes for millrace_adapter_conformance(): the other side of the protocol.
//
// The suite loads the adapter's .so as the gateway does, plays the gateway, and lets peers say and hear things. It
// holds the adapter to abi.h and to what its manifest declares; each rule is a test of its own name.
//
//     class Client : public millrace::conformance::Peer { ... };
//     struct World : millrace::conformance::Outside { ... };
//     std::unique_ptr<millrace::conformance::Outside> millrace::conformance::outside() {
//         return std::make_unique<World>();
//     }
//
// Thread: one, the test's. Nothing may take for ever: a call that waits gives up after patience().
namespace millrace::conformance {

// How long anything may take: ten seconds, or what the environment's MILLRACE_PATIENCE_MS says.
std::chrono::milliseconds patience();

// What Peer::open says in protocols whose conversations begin with a message, and go on. To the suite it is none: it
// takes no room, is settled at once, and is not remembered.
inline constexpr std::string_view kBeginning = "this begins it";

// One thing that a peer has heard.
struct Heard {
    enum class Kind {
        nothing,  // in that time
        opened,   // the conversation was accepted, where the protocol says that
        text,     // a reply
        yes,      // an outcome of a message, where the protocol tells: it was taken,
        later,    // it is to be sent again,
        no,       // or it was refused
        end,      // the conversation has ended, or was refused
    };
    Kind kind = Kind::nothing;
    std::string text = {};

    bool operator==(const Heard&) const = default;
};

// One conversation, seen from outside.
//
// Where the manifest says that a scope is a `transaction`, it is the line that transactions go over: open() begins
// none, each send() is one of its own, with all that belongs to it, and outcome() is its answer: `yes`, `later` or
// `no`, in the protocol's words and, where it has a place for them, the consumer's. They come one after the other; the
// suite never sends before it has heard the answer.
class Peer {
  public:
    virtual ~Peer() = default;

    // Begins it. In protocols whose conversations have names (topics, numbers, rooms) it has this one; where nothing
    // but a message begins one, that is kBeginning. Does not wait for the answer.
    virtual void open(const std::string& name) = 0;
    // A message of this text: valid UTF-8, no line breaks, never empty.
    virtual void send(std::string_view text) = 0;
    // Transactions: begins to send this, and stops where the adapter has asked what it has to ask (probe) and part of
    // the message is there. cut() or close() follows. For protocols in which there is such a place.
    virtual void begin(std::string_view text) { (void)text; }
    // Transactions: the body that came with the last message, byte by byte, as consumers are to get it; empty: there
    // are none. That of 250,000 characters is larger than 256 KiB.
    virtual std::string body() const { return {}; }
    // The next thing that comes, waited for no longer than `time`. Zero: what is there already.
    virtual Heard outcome(std::chrono::milliseconds time) = 0;
    // From now on reads nothing until outcome() is called. For peers that read by themselves.
    virtual void stall() {}
    // The line breaks, without a farewell.
    virtual void cut() = 0;
    // Ends the conversation in the protocol's way, after what was sent.
    virtual void close() = 0;
    // Has the adapter close the open conversation for `reason` (MILLRACE_REASON_...). Called for those declared reasons
    // that come from outside, but PEER and LOST, which close() and cut() are for. IDLE: it does nothing, then.
    virtual void provoke(std::uint32_t reason) { (void)reason; }
};

// The outside of one start of the adapter: made before it is created, gone after it is destroyed.
class Outside {
  public:
    virtual ~Outside() = default;

    // The adapter's configuration, a JSON object. It listens on port 0 of 127.0.0.1 (or calls what this object has set
    // up), and gives up on nobody within patience().
    virtual std::string config() const = 0;
    // The same, but whoever says nothing for a second (or less) is idle, for adapters that close for IDLE; and a
    // message that is not settled in that time is answered with `later`, for those whose scopes are transactions.
    virtual std::string impatient_config() const { return config(); }
    // A peer for the adapter that logged `listening on ADDRESS:port`; 0 where it logged no such line.
    virtual std::unique_ptr<Peer> peer(std::uint16_t port) = 0;
    // Do peers hear how their messages end, on routes of class `acked`?
    virtual bool tells_outcomes() const { return false; }
    // So many messages of a peer may be without an answer at a time, where the protocol bounds that: what a peer sends
    // above it may stay unread until one before is answered. At least 20.
    virtual std::size_t unanswered_max() const { return static_cast<std::size_t>(-1); }
    // And of one that the gateway cannot take now: does the adapter offer it again by itself? Else its peer hears it.
    virtual bool offers_again() const { return false; }
    // And what they hear of one that was rejected: where nobody would read a refusal, that is `yes`.
    virtual Heard::Kind refusal() const { return Heard::Kind::no; }
    // Transactions: a code of a consumer's with this verdict (MILLRACE_RETRY, MILLRACE_REJECT) that peers get to hear,
    // and then have in Heard::text; 0: there is none.
    virtual std::uint32_t code_for(std::uint32_t verdict) const {
        (void)verdict;
        return 0;
    }
};

// To be defined by the author.
std::unique_ptr<Outside> outside();

// A blocking TCP connection to 127.0.0.1, for peers. What fails shows as the end.
class Wire {
  public:
    Wire() = default;
    ~Wire();
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    void connect(std::uint16_t port);
    void send(std::string_view bytes);
    // Waits for bytes and appends them to `in`. False: none came in time; or none will, then is_at_end().
    bool read(std::string& in, std::chrono::milliseconds time);
    bool is_at_end() const { return is_at_end_; }
    // No more is sent; what comes can still be read.
    void shut();
    // With a reset.
    void cut();

  private:
    int socket_ = -1;
    bool is_at_end_ = false;
};

}  // namespace millrace::conformance
