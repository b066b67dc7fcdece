#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>

#include "adapters/common/http_client.hpp"
#include "adapters/common/token_bucket.hpp"
#include "adapters/sms/config.hpp"
#include "adapters/sms/ledger.hpp"
#include "adapters/sms/opt_outs.hpp"
#include "adapters/sms/sending.hpp"

// Messages on their way to the provider's REST API. Each of our numbers has a line of its own, so that one that is held
// back (by its rate, by a 429, by a provider that is away) holds back no other; within it each of the other side's
// numbers gets its messages one after the other. A message is tried again only where the provider certainly does not
// have it.
// Thread: the adapter's loop.
namespace millrace::sms {

class Sender {
  public:
    struct Counts {
        std::uint64_t sent = 0;
        std::uint64_t rejected = 0;
        std::uint64_t unknown = 0;
        std::uint64_t retries = 0;
    };

    // Once for each message; not from within send().
    using Done = std::function<void(const Sending& sending, const Answer& answer)>;

    Sender(const Settings& settings, Ledger& ledger, OptOuts& opt_outs, Executor loop, Done done);
    ~Sender();

    // False: too many wait.
    bool send(Sending sending, std::int64_t now_ms);

    // Whether one from and to these numbers has not ended yet.
    bool has(const Outbound& message) const;

    // Sends what may leave by now.
    void pump(std::int64_t now_ms, std::int64_t now_s);

    // Nothing waits, and nothing is on its way.
    bool is_idle() const { return waiting_count_ == 0 && requests_ == 0; }
    std::size_t waiting() const { return waiting_count_; }
    const Counts& counts() const { return counts_; }

    // [any thread but the loop's] What is on its way has `grace` to end.
    void stop(std::chrono::milliseconds grace) { client_.stop(grace); }
    // Whatever has not left never will: nobody has it.
    void give_up();

  private:
    struct Waiting {
        Sending sending;
        std::string name;  // For the ledger; empty where it does not come again after a restart.
        std::int64_t since_ms;
        unsigned tries = 0;
    };
    // To one of the other side's numbers, from one of ours.
    struct Lane {
        std::deque<Waiting> waiting;
        bool is_under_way = false;  // One of them; it is not in `waiting`.
    };
    // Of one of our numbers.
    struct Line {
        Line(std::int64_t rate_max, std::int64_t now_ms) : bucket(rate_max, now_ms) {}

        TokenBucket bucket;
        std::int64_t held_until_ms = 0;
        std::unordered_map<std::string, Lane> lanes{};  // Without those that are at rest.
        std::deque<std::string> ready{};                // Lanes of which one can leave, in the order in which they do.
    };

    void pump(Line& line, std::int64_t now_ms, std::int64_t now_s);
    bool leave(Line& line, std::int64_t now_s);
    bool request(Waiting& waiting, std::int64_t now_s);
    std::optional<Answer> held_back(Waiting& waiting);
    void end(const Sending& sending, const Answer& answer);
    void on_answer(Waiting waiting, const HttpAnswer& http);
    bool try_again(Line& line, Lane& lane, Waiting& waiting, const Answer& answer);

    const Settings& settings_;
    Ledger& ledger_;
    OptOuts& opt_outs_;
    const Done done_;
    std::map<std::string, Line, std::less<>> lines_;  // Without those that are at rest.
    std::size_t waiting_count_ = 0;
    std::size_t requests_ = 0;
    std::minstd_rand random_;
    Counts counts_;
    HttpClient client_;
};

}  // namespace millrace::sms
