#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/chat/common/reconnect.hpp"
#include "adapters/chat/telegram/api.hpp"
#include "adapters/chat/telegram/codec.hpp"

// The account and its stream of updates, without I/O: what is asked of the server and when, what it has handed out, and
// how far the cursor may move.
//
// It asks who it is (getMe), then has webhooks sent if it is told where to (setWebhook), or polls (getUpdates). The
// server keeps each update until a later poll asks from behind it. So the cursor, from where is asked, stays before the
// first update that has not ended; the server is asked from there again and again, and what is known is passed over, so
// that up to kOpenMax others go on meanwhile. Where so many are open it is asked no more.
//
// Not thread-safe. Times are in ms of any clock that does not go back.
namespace millrace::chat::telegram {

struct SessionSettings {
    bool polls = true;
    std::int64_t poll_timeout_s = 50;
    std::vector<std::string> allowed_updates{};
    ReconnectPolicy reconnect{};
    std::int64_t cursor = 0;  // The first update that has not ended before; 0: nobody knows.

    // Of webhooks. Empty: the server was told by somebody else.
    std::string webhook_url{};
    std::string webhook_secret{};
};

class Session {
  public:
    static constexpr std::size_t kOpenMax = 100;
    // While something is open, after something new; doubled each time that there is nothing. (The server takes one who
    // asks from the same place within half a second for one that is out of its mind.)
    static constexpr std::int64_t kAskAgainMs = 600;
    static constexpr std::int64_t kAskAgainMaxMs = 1'200;

    Session(SessionSettings settings, std::uint32_t seed)
        : settings_(std::move(settings)), reconnect_(settings_.reconnect), seed_(seed), cursor_(settings_.cursor) {}

    // What to call now; nothing: one is under way, or it is not the time. `timeout_s` of the call is what the server
    // may take in addition to what any call takes.
    struct Asking {
        Call call;
        std::int64_t timeout_s = 0;
    };
    std::optional<Asking> ask(std::int64_t now_ms);

    // What has come of it. -> The answer's updates that are new, in order, as views of the reply, each of which has to
    // end. `is_cancelled`: it was ended by this side, and says nothing.
    std::vector<Update> take(const Reply& reply, std::int64_t now_ms);
    void cancelled() { is_under_way_ = false; }

    // The delivery class of this update is met, or nobody wants it.
    void ended(std::int64_t update_id, std::int64_t now_ms);

    // That the server may forget all that has ended; nothing: it knows.
    std::optional<Call> farewell() const;

    // When to ask; nothing: not before something has changed.
    std::optional<std::int64_t> next_ms() const;

    bool is_ready() const { return state_ == State::ready; }
    bool is_polling() const { return is_under_way_ && state_ == State::ready; }
    const std::string& id() const { return id_; }
    const std::string& username() const { return username_; }
    // What keeps the account from its work, for people; empty: nothing does.
    const std::string& trouble() const { return trouble_; }
    // It is not tried again.
    bool is_stopped() const { return !reconnect_.stopped().empty(); }

    // The first update that has not ended; 0: none has been seen.
    std::int64_t cursor() const { return cursor_; }
    std::size_t open() const { return open_.size(); }
    std::uint64_t malformed() const { return malformed_; }
    std::uint64_t conflicts() const { return conflicts_; }

  private:
    enum class State { greeting, announcing, ready };

    Call poll() const;
    std::vector<Update> take_updates(const Reply& reply, std::int64_t now_ms);
    bool is_known(std::int64_t update_id) const;
    void move_cursor();
    void greeted(const Reply& reply, std::int64_t now_ms);
    void succeeded(std::int64_t now_ms);
    void failed(const Reply& reply, std::int64_t now_ms);
    void fail(const std::string& why, std::int64_t now_ms, std::int64_t at_least_ms);
    std::uint32_t chance();

    SessionSettings settings_;
    Reconnect reconnect_;
    std::uint32_t seed_;
    State state_ = State::greeting;
    std::string id_, username_;
    std::string trouble_ = "not reached yet";
    bool is_well_ = false;  // The last call was answered as it should be.
    bool is_under_way_ = false;
    std::int64_t due_ms_ = 0;
    std::int64_t cursor_ = 0;     // The first update that the server is asked for; 0: the first that it has.
    std::int64_t confirmed_ = 0;  // That it was asked for in what it has answered.
    std::int64_t asked_ = 0;
    std::int64_t again_ms_ = kAskAgainMs;
    std::map<std::int64_t, bool> open_;  // Updates from the cursor on, and whether they have ended.
    std::uint64_t malformed_ = 0;
    std::uint64_t conflicts_ = 0;
};

}  // namespace millrace::chat::telegram
