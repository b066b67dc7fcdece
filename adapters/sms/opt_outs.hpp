#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "adapters/sms/ledger.hpp"
#include "adapters/sms/outbound.hpp"
#include "millrace/v1/sms.pb.h"

namespace millrace::sms {

// What becomes of a message to somebody who wants none.
inline Answer unwanted() {
    return {.fate = Fate::rejected, .text = "the other side wants no more messages", .is_opted_out = true};
}

// Who wants no messages: what the other side has said holds for the pair of numbers, until it says otherwise. One reply
// to STOP, and one to each HELP, may still leave, as the rules of operators want it, where the provider has not given
// it.
// Thread: the adapter's loop.
class OptOuts {
  public:
    explicit OptOuts(Ledger& ledger) : ledger_(ledger) {}

    // Of a message that came in; `event_key` tells it from others, and one that comes again says nothing. False: it
    // could not be written down, and may not be said yes to.
    bool note(std::string_view scope, const v1::Sms::Consent& consent, const std::string& event_key);

    // The provider says so.
    void stop(std::string_view scope) { ledger_.stop(scope); }

    bool has_stopped(std::string_view scope) const { return ledger_.has_stopped(scope); }

    // Whether one message may leave.
    bool take(const std::string& scope);

  private:
    static constexpr std::size_t kConfirmationsMax = 10'000;

    Ledger& ledger_;
    std::unordered_set<std::string> confirmations_;  // Scopes that may get one more.
};

}  // namespace millrace::sms
