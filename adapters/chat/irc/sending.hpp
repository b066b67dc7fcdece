#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/common/kept_back.hpp"
#include "adapters/chat/common/ledger.hpp"
#include "adapters/chat/irc/deliveries.hpp"
#include "adapters/chat/irc/session.hpp"
#include "millrace/adapter.hpp"
#include "millrace/v1/chat.pb.h"

// What consumers send: each command becomes what the session says, and is remembered until it is known what became of
// it; then the gateway is told, and has the room back that it took. Thread: the adapter's loop.
namespace millrace::chat::irc {

class Sending {
  public:
    Sending(AdapterHost host, Session& session, Ledger& ledger);

    void attach(millrace_loop* loop) { loop_ = loop; }

    // To a room or a person. May be within a call of the gateway's, which is told of nothing meanwhile. `scope`: that
    // it was sent to.
    void take(const millrace::Outgoing& command, std::string_view target, millrace_id scope, std::int64_t now_ms);

    // What the session says became of it.
    void take(const Outcome& outcome);

    // Nothing is said to the gateway about this scope any more.
    void forget(millrace_id scope);

    // Tells the gateway. When no call into it is under way.
    void tell();

    // Nothing will become of any of it any more.
    void lose();

    bool is_idle() const { return commands_.empty() && told_.empty(); }
    // Of which something has to be told.
    bool has_news() const { return !told_.empty() || !kept_.is_empty(); }
    std::uint64_t refused() const { return refused_; }

  private:
    struct Sent {
        millrace_id scope;  // 0: it has ended.
        std::uint64_t size;
        std::uint64_t receipt;
        std::string conversation;
        std::string client_id;
    };
    struct News {
        Sent sent;
        Outcome outcome;
    };

    // Why not; empty: it is under way.
    std::string say(const millrace::Outgoing& command, std::string_view target, std::uint64_t id, std::int64_t now_ms);

    bool was_said(const std::string& conversation, const v1::ChatCommand& command) const;

    const AdapterHost host_;
    Session& session_;
    millrace_loop* loop_ = nullptr;
    Ledger& ledger_;                          // Commands that later ones may refer to.
    std::map<std::uint64_t, Sent> commands_;  // By the id that the session has for them.
    std::vector<News> told_;
    KeptBack kept_;
    std::uint64_t next_id_ = 1;
    std::uint64_t refused_ = 0;
    std::int64_t warned_ms_;
};

}  // namespace millrace::chat::irc
