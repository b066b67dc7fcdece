#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/chat/common/kept_back.hpp"
#include "adapters/chat/common/ledger.hpp"
#include "adapters/chat/common/loop_guard.hpp"
#include "adapters/chat/common/outgoing_queues.hpp"
#include "adapters/chat/common/tried.hpp"
#include "adapters/chat/telegram/config.hpp"
#include "adapters/chat/telegram/migrations.hpp"
#include "adapters/chat/telegram/outgoing.hpp"
#include "adapters/chat/telegram/window.hpp"
#include "adapters/common/http_client.hpp"

// Commands on their way to the Bot API: a line for each chat, so that one that is slow or held back holds back no
// other; in it one after the other, at the network's pace, and what the network puts off (429) keeps its place. A call
// that says something is repeated only where the server certainly has not done it; one that may have is `unknown`, also
// where the process has ended meanwhile.
// Thread: the adapter's loop.
namespace millrace::chat::telegram {

class Sender {
  public:
    struct Counts {
        std::uint64_t sent = 0;
        std::uint64_t rejected = 0;
        std::uint64_t unknown = 0;
        std::uint64_t retries = 0;
        std::uint64_t put_off = 0;  // By 429.
    };

    // What became of each command that was taken; not from within take().
    using Done = std::function<void(const Sent& sent, const Outcome& outcome)>;

    // `answered`: there is an answer, and what follows from it has been noted: there may be more to send.
    Sender(const Settings& settings, Ledger& ledger, HttpClient& client, LoopGuard& guard, std::int64_t now_ms,
           Done done, std::function<void()> answered);

    // Several calls to the server at a time, of as many chats.
    static constexpr std::size_t kRequestsMax = 64;

    // False: too much waits for its chat. What comes again after a restart is bounded by the gateway, and always taken.
    bool take(Command command, std::int64_t now_ms);

    // Sends what may leave by now.
    void pump(std::int64_t now_ms);

    // When there may be something to send; nothing: not before something has changed.
    std::optional<std::int64_t> next_ms(std::int64_t now_ms) { return queues_.next_ms(now_ms); }

    // A group has gone on under another id.
    void migrate(const std::string& from, const std::string& to);

    // Nothing waits, and nothing is on its way.
    bool is_idle() const { return queues_.empty() && requests_ == 0; }
    // Whatever has not left never will.
    void give_up();

    std::size_t waiting() const { return queues_.size(); }
    KeptBack& kept() { return kept_; }
    const Counts& counts() const { return counts_; }

  private:
    void leave(const std::string& line, std::int64_t now_ms);
    std::string plan_calls(Command& command, std::int64_t now_ms);
    static std::string plan_upload(Command& command, const Place& place);
    void on_answer(const std::string& line, const Reply& reply, std::int64_t now_ms);
    void done_one(const std::string& line, Command& command, const Reply& reply, std::int64_t now_ms);
    static bool is_done_already(const Command& command, const Reply& reply);
    void try_again(const std::string& line, Command& command, const Reply& reply, std::int64_t now_ms);
    void end(const std::string& line, Command& command, Outcome outcome);
    void pace_room(const std::string& line, std::int64_t now_ms);

    const Settings& settings_;
    Ledger& ledger_;
    HttpClient& client_;
    LoopGuard& guard_;
    const Done done_;
    const std::function<void()> answered_;
    OutgoingQueues<Command> queues_;
    std::unordered_map<std::string, Window> rooms_;  // Of those where something was said lately.
    Migrations migrations_;
    Tried tried_;
    KeptBack kept_;
    std::size_t requests_ = 0;
    std::minstd_rand random_;
    Counts counts_;
};

}  // namespace millrace::chat::telegram
