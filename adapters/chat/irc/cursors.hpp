#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/common/ledger.hpp"
#include "adapters/chat/irc/session_settings.hpp"

// Until when the gateway has what was said in each room, in the ledger: what was missed over a restart is asked for
// from there, or told as a GAP. It is written down once a second at most, as what is asked for twice is known by its
// id. Not thread-safe.
namespace millrace::chat::irc {

class Cursors {
  public:
    explicit Cursors(Ledger& ledger) : ledger_(ledger) {}

    struct Recalled {
        std::string room;       // As the settings have it.
        std::int64_t heard_us;  // 0: not known.
    };
    // Of these rooms, those that the gateway was in. Others are forgotten.
    std::vector<Recalled> recall(const std::vector<RoomSettings>& rooms);

    // The gateway is in the room. `at_us`: by the network's clock; 0: not known.
    void entered(std::string_view room, std::int64_t at_us);

    // It has what was said until then, for good. Earlier than what is known is passed over.
    void heard(std::string_view room, std::int64_t until_us, std::int64_t now_ms);

    // Writes down what is due; or all.
    void tick(std::int64_t now_ms);
    void flush();
    std::optional<std::int64_t> next_ms() const { return due_ms_; }

    // False: nothing of it would be there after a restart.
    bool is_kept() const { return ledger_.is_open(); }

  private:
    Ledger& ledger_;
    std::map<std::string, std::int64_t, std::less<>> noted_;
    std::optional<std::int64_t> due_ms_;
};

}  // namespace millrace::chat::irc
