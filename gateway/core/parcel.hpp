#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/core/body_file.hpp"
#include "gateway/core/job.hpp"
#include "gateway/core/port.hpp"
#include "gateway/core/settlement.hpp"
#include "millrace/detail/pool.hpp"

// A message on its way to a port: from a consumer that sent it, or from a source whose route leads to a channel. It
// holds its room at the port for as long as it exists, which is until its handler has ended.
// Thread: one at a time: the sender's, then that of the port's loop. A worker may read what a turn shows it.
namespace millrace {

struct RouteConfig;

// What the sender of a message waits for, on its own loop.
class FarSettlement {
  public:
    FarSettlement() = default;
    FarSettlement(Dispatcher& home, SettlementPtr settlement, std::uint32_t consumer)
        : home_(&home), settlement_(settlement.detach()), consumer_(consumer) {}
    FarSettlement(FarSettlement&& other) noexcept { swap(other); }
    FarSettlement& operator=(FarSettlement&& other) noexcept {
        swap(other);
        return *this;
    }
    // Nobody has ended it: that means RETRY.
    ~FarSettlement();

    // Once: tells the sender's loop. What comes after that changes nothing.
    void end(const Verdict& verdict);

    std::int64_t due_us() const { return settlement_ ? settlement_->due_us : 0; }
    bool is_upstream() const { return settlement_ && settlement_->is_upstream; }

  private:
    void swap(FarSettlement& other) noexcept {
        std::swap(home_, other.home_);
        std::swap(settlement_, other.settlement_);
        std::swap(consumer_, other.consumer_);
    }

    Dispatcher* home_ = nullptr;
    Settlement* settlement_ = nullptr;  // Owned, but counted only on its own loop.
    std::uint32_t consumer_ = 0;
};

inline constexpr std::string_view kCircleText = "loop: it was caused by a chain of more than 16 messages";

struct Parcel final : Job {
    static constexpr std::uint32_t kHopsMax = 16;  // Above it a message goes round in a circle (contract C6).

    // Most are made on one loop and end on another, which is the slow way of the heap.
    static void* operator new(std::size_t size) { return detail::Pool::allocate(size); }
    static void operator delete(void* parcel, std::size_t size) noexcept { detail::Pool::release(parcel, size); }

    void arrive() override;

    const PortPtr& to() const { return hold.port(); }

    Hold hold;
    PortPtr from;      // Where an answer goes.
    Slot answer_slot;  // The answer's place, at home.
    std::uint32_t payload_kind = 0;
    std::uint32_t hops = 1;
    std::int64_t row = 0;      // Where it stands in the outbox on the disk; 0: it does not.
    bool is_reported = false;  // To an adapter: who sent it hears what became of it.
    std::uint64_t correlation = 0;
    const RouteConfig* route = nullptr;  // Of the source's message; null: a consumer sent it.
    FarSettlement settlement;

    // Its bytes, in one piece of memory. `fields`: of a source's message, what it says of its scope; of what goes to an
    // adapter, its address there.
    void fill(std::initializer_list<std::string_view> fields, millrace_bytes payload, millrace_bytes body = {});
    std::string_view fields() const { return std::string_view(bytes).substr(0, fields_size); }
    std::string_view payload() const { return std::string_view(bytes).substr(fields_size, payload_size); }
    std::string_view body() const { return std::string_view(bytes).substr(fields_size + payload_size); }

    BodyFilePtr body_file;  // Of a source's message: has the body, where that is a file.

    std::string bytes;
    std::size_t fields_size = 0;
    std::size_t payload_size = 0;
};

}  // namespace millrace
