#pragma once

#include <atomic>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstdint>
#include <string>
#include <utility>

#include "gateway/core/config.hpp"
#include "millrace/abi.h"

// A place that things can be sent to, and its bounded room: the peer of a scope, a consumer's instance of a scope, or a
// channel.
//
// Room is taken as a command is recorded, so that a commit can neither wait nor fail (contract C1), and given back when
// what took it has been written, handled or dropped. A port lives as long as somebody refers to it; what it stands for
// may be gone by then.
// Thread: any, but for `scope`.
namespace millrace {

class ConsumerHost;
class Dispatcher;
class Ports;
class Waits;
struct Scope;

// An amount of room.
struct Amount {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;

    Amount& operator+=(const Amount& other) {
        messages += other.messages;
        bytes += other.bytes;
        return *this;
    }
};

class Port {
  private:
    // First, and so on one cache line: what each command looks at.
    std::atomic<std::uint32_t> owners_{0};
    std::atomic<bool> is_closed_{false};
    std::atomic<bool> is_waited_for_{false};  // Others were first: room is theirs.
    const Bound limit_;                       // 0 messages: they are not counted.
    std::atomic<std::uint64_t> used_messages_{0};
    std::atomic<std::uint64_t> used_bytes_{0};

  public:
    enum class Kind : std::uint8_t {
        peer,      // What a scope's adapter talks to. Its room counts bytes alone.
        instance,  // A consumer of one scope, for as long as that is open.
        channel,   // A consumer's scope that is opened by what is sent to it: `bank:alice`.
    };

    // Where it is, and how others name it.
    struct Place {
        Kind kind = Kind::peer;
        bool needs_reply_to = false;  // Of a peer: a reply goes where its event says, or nowhere.
        bool is_one_message = false;  // Of a peer: it is gone when that is settled, and a reply does not wait for it.
        Dispatcher* home = nullptr;   // Of the loop that it lives on; null: of an adapter that is not open yet.
        std::string address;          // `web:1f-3`, `chatroom@web:1f-3`, `bank:alice`
        ConsumerHost* consumer = nullptr;
        millrace_id scope = 0;  // Not of a channel, whose scope comes and goes.
    };

    // `listed_in`: the directory that finds it by its address, or null.
    Port(Place place, Bound limit, Waits& waits, Ports* listed_in = nullptr)
        : limit_(limit), place(std::move(place)), waits_(waits), listed_in_(listed_in) {}
    Port(const Port&) = delete;

    const Place place;
    Scope* scope = nullptr;  // [home's loop] A channel's, while it is open or closing.

    // Of a peer's.
    std::string_view adapter() const { return std::string_view(place.address).substr(0, place.address.find(':')); }

    // Not for one peer, but for whatever is sent to its adapter: `plant:`.
    bool stands_for_adapter() const {
        return place.kind == Kind::peer && place.address.find(':') + 1 == place.address.size();
    }

    // What something of this size takes here.
    Amount amount_of(std::uint64_t bytes) const {
        return place.kind == Kind::peer ? Amount{0, bytes} : Amount{1, bytes + kOverhead};
    }

    // -> MILLRACE_TAKEN, MILLRACE_FULL, MILLRACE_TOO_LARGE or MILLRACE_UNKNOWN. Room that is empty but for `own`, what
    // the asking handler has taken already, takes more than its limit: so no handler can want more than it will ever
    // get.
    std::int32_t take(Amount amount, Amount own);

    // Takes it where that comes to no more than twice the limit, or 1,024 messages and 1 MiB above it. Not of a peer,
    // whose limit is somebody else's.
    bool take_beyond(Amount amount);

    // Takes it whatever there is.
    void overdraw(Amount amount);

    // May have others that wait for it go on.
    void give(Amount amount);

    // A place for one answer, beside the room. Each question takes room at its target, so there are seldom many: at
    // most as many as messages may wait, and 1,024. Whether there was one.
    bool take_slot();
    void give_slot() { slots_.fetch_sub(1, std::memory_order_relaxed); }

    // The largest answer that a slot has room for; a larger one has to find its own.
    static constexpr std::uint64_t kSlotBytes = 64 << 10;

    // What it stands for is gone: nothing is taken any more, and whoever waits need not.
    void close();
    bool is_closed() const { return is_closed_.load(std::memory_order_relaxed); }

    // Half of its bytes are free.
    bool is_relaxed() const { return used_bytes() <= limit_.bytes / 2; }

    std::uint64_t used_bytes() const { return used_bytes_.load(std::memory_order_relaxed); }

  private:
    friend class Waits;
    friend void intrusive_ptr_add_ref(Port* port) { port->owners_.fetch_add(1, std::memory_order_relaxed); }
    friend void intrusive_ptr_release(Port* port);
    friend class Ports;

    static constexpr std::uint64_t kSlotsBeyond = 1024;
    static constexpr std::uint64_t kOverhead = 64;  // Bytes of the fields that are added to a message.

    bool fits(Amount before, Amount amount, Amount beyond = {}) const {
        return before.bytes + amount.bytes <= limit_.bytes + beyond.bytes &&
               (limit_.messages == 0 || before.messages + amount.messages <= limit_.messages + beyond.messages);
    }
    bool take_for_waiter(Amount amount);

    Waits& waits_;
    Ports* const listed_in_;
    std::atomic<std::uint64_t> slots_{0};
};

using PortPtr = boost::intrusive_ptr<Port>;

// Room that was taken, given back at the end unless it was passed on.
class Hold {
  public:
    Hold() = default;
    Hold(PortPtr port, Amount amount) : port_(std::move(port)), amount_(amount) {}
    Hold(Hold&& other) noexcept : port_(std::move(other.port_)), amount_(std::exchange(other.amount_, {})) {}
    Hold& operator=(Hold other) noexcept {
        std::swap(port_, other.port_);
        std::swap(amount_, other.amount_);
        return *this;
    }
    ~Hold() {
        if (port_) port_->give(amount_);
    }

    explicit operator bool() const { return port_ != nullptr; }
    const PortPtr& port() const { return port_; }
    Amount amount() const { return amount_; }

    // Moves a part into a hold of its own; nothing where there is not as much.
    Hold split(Amount part) {
        if (!port_ || part.messages > amount_.messages || part.bytes > amount_.bytes) return {};
        amount_.messages -= part.messages;
        amount_.bytes -= part.bytes;
        return {port_, part};
    }

    // The room is somebody else's to give back.
    void pass_on() {
        port_.reset();
        amount_ = {};
    }

  private:
    PortPtr port_;
    Amount amount_;
};

// The place of one answer, given back at the end.
class Slot {
  public:
    Slot() = default;
    explicit Slot(PortPtr port) : port_(std::move(port)) {}
    Slot(Slot&& other) noexcept : port_(std::move(other.port_)) {}
    Slot& operator=(Slot other) noexcept {
        std::swap(port_, other.port_);
        return *this;
    }
    ~Slot() {
        if (port_) port_->give_slot();
    }

    explicit operator bool() const { return port_ != nullptr; }

  private:
    PortPtr port_;
};

// The largest single command: one that nobody waits for may still not fill memory.
inline constexpr std::uint64_t kCommandBytesMax = 64 << 20;

}  // namespace millrace
