#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "adapters/chat/common/ledger.hpp"

namespace millrace::chat::telegram {

// Commands that say something and come again after a restart: which of them may have left already. The ledger knows it
// before each leaves, and for a while after. Names are those of Command; of an empty one nothing is known.
// Thread: the ledger's.
class Tried {
  public:
    static constexpr std::size_t kKeptMax = 2'000;  // Of those that have ended.

    explicit Tried(Ledger& ledger);

    enum class State {
        fresh,
        under_way,  // When the process ended.
        sent,
    };
    State state(std::string_view name) const;

    // It is about to leave. Again: nothing happens.
    void begin(std::string_view name);
    // Nobody has it.
    void free(std::string_view name);
    // The server has it, or may have it.
    void end(std::string_view name, bool is_sent);

  private:
    Ledger& ledger_;
    std::deque<std::string> ended_;  // The oldest first.
};

}  // namespace millrace::chat::telegram
