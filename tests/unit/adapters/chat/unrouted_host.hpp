#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/adapter_host.hpp"
#include "millrace/v1/message.pb.h"

namespace millrace::chat::test {

// A gateway that opens no scope, and keeps the dead letters. Has to stay where it is.
class UnroutedHost {
  public:
    struct Letter {
        std::string key;
        std::string payload;
        std::string reason;
        v1::ChannelMessage fields;
    };

    AdapterHost host() const { return AdapterHost(&table_); }

    std::int32_t answer = MILLRACE_UNMATCHED;
    std::vector<std::uint32_t> flags;  // Of the scopes that were to be opened.
    std::vector<Letter> letters;

  private:
    static UnroutedHost& of(void* self) { return *static_cast<UnroutedHost*>(self); }
    static std::int32_t open(void* self, millrace_loop*, const millrace_scope_spec* spec, millrace_id*) {
        of(self).flags.push_back(spec->flags);
        return of(self).answer;
    }
    static void bury(void* self, millrace_loop*, const millrace_letter* letter) {
        Letter& kept = of(self).letters.emplace_back();
        kept.key = view(letter->key);
        kept.payload = view(letter->payload);
        kept.reason = view(letter->reason);
        kept.fields.ParseFromArray(letter->fields.data, static_cast<int>(letter->fields.size));
    }

    const millrace_adapter_host table_ = [this] {
        millrace_adapter_host table{};
        table.self = this;
        table.scope_open = open;
        table.dead_letter = bury;
        return table;
    }();
};

}  // namespace millrace::chat::test
