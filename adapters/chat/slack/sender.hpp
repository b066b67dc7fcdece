#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>

#include "adapters/chat/common/kept_back.hpp"
#include "adapters/chat/common/ledger.hpp"
#include "adapters/chat/common/loop_guard.hpp"
#include "adapters/chat/common/outgoing_queues.hpp"
#include "adapters/chat/common/tried.hpp"
#include "adapters/chat/slack/config.hpp"
#include "adapters/chat/slack/method_limits.hpp"
#include "adapters/chat/slack/sending.hpp"
#include "adapters/chat/slack/web_client.hpp"

// What is on its way to Slack. Each room has a line of its own, in which one call is under way at a time: so order
// stays, and a room that is slow, held back or full delays no other. A call is made again only where Slack certainly
// has not done it, or where twice does what once does; also where the process has ended meanwhile.
// Thread: the adapter's loop.
namespace millrace::chat::slack {

struct Outcome {
    Fate fate = Fate::unknown;
    std::string text{};  // For people; empty where all is well.
};

class Sender {
  public:
    struct Counts {
        std::uint64_t sent = 0;
        std::uint64_t rejected = 0;
        std::uint64_t unknown = 0;
        std::uint64_t retries = 0;
        std::uint64_t limited = 0;  // Calls that came too fast for Slack.
    };

    // Once for each that was taken; not from within send().
    using Done = std::function<void(const Sending& sending, const Outcome& outcome)>;
    // An answer has come by which the account is well, or is not.
    using OnAccount = std::function<void(const ApiAnswer& answer)>;

    Sender(const Settings& settings, Ledger& ledger, WebClient& client, Done done, OnAccount on_account);

    // False: too much waits for that room.
    bool send(Sending sending, std::int64_t now_ms);

    // Makes the calls that may be made by now.
    void pump(std::int64_t now_ms);

    // What Slack is found to be able to do.
    void set_capabilities(const Capabilities& capabilities) { capabilities_ = capabilities; }

    // Whatever has not left never will: nobody has it, but for what may have left in part.
    void give_up();

    bool is_idle() const { return queues_.empty(); }
    std::size_t waiting() const { return queues_.size(); }
    const Counts& counts() const { return counts_; }
    ResponseUrls& response_urls() { return response_urls_; }
    const IdMap& ids() const { return ledger_.ids(); }
    LoopGuard& guard() { return guard_; }
    KeptBack& kept() { return kept_; }
    MethodLimits& limits() { return limits_; }

  private:
    using Item = std::unique_ptr<Sending>;

    std::int64_t ready_at(const Sending& sending, std::int64_t now_ms);
    bool begin(const std::string& room, Sending& sending, std::int64_t now_ms);
    bool plan(const std::string& room, Sending& sending, std::int64_t now_ms);
    bool has_ended_before(const std::string& room, Sending& sending);
    bool call(const std::string& room, Sending& sending, Call& call);
    void on_answer(const std::string& room, const ApiAnswer& answer);
    bool try_again(const std::string& room, Sending& sending, const ApiAnswer& answer, std::int64_t now_ms);
    void has_not_left(Sending& sending);
    void end(const std::string& room, const Outcome& outcome);
    void remember(const std::string& room, const Sending& sending);
    void keep_room(const std::string& person, std::string_view room);

    const Settings& settings_;
    Ledger& ledger_;
    WebClient& client_;
    const Done done_;
    const OnAccount on_account_;
    OutgoingQueues<Item> queues_;
    MethodLimits limits_;
    Capabilities capabilities_;
    Tried tried_;
    KeptBack kept_;
    LoopGuard guard_;
    ResponseUrls response_urls_;
    std::size_t persons_ = 0;  // Of whom the ledger has the room in which they are talked to.
    std::minstd_rand random_;
    Counts counts_;
};

}  // namespace millrace::chat::slack
