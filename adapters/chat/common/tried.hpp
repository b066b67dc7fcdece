#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>

#include "adapters/chat/common/ledger.hpp"

namespace millrace::chat {

// Commands that say something and come again after a restart: which of them may have left already. The ledger knows it
// before each leaves, and for a while after. Of one without a name nothing is known.
// Thread: the ledger's.
class Tried {
  public:
    static constexpr std::size_t kKeptMax = 2'000;  // Of those that have ended.

    // The name of a command, by the id that is the same whenever it comes again, and by all that it is: where the
    // gateway's spool was lost ids are given anew. Of id 0: empty, as it does not come again.
    static std::string name_of(std::uint64_t id, std::initializer_list<std::string_view> what);

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

}  // namespace millrace::chat
