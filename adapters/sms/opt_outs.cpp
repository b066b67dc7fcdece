#include "adapters/sms/opt_outs.hpp"

namespace millrace::sms {

bool OptOuts::note(std::string_view scope, const v1::Sms::Consent& consent, const std::string& event_key) {
    using Consent = v1::Sms::Consent;
    if (ledger_.was_said(event_key)) return true;
    const bool is_start = consent.action() == Consent::START;
    if (!is_start && consent.handled_by_provider())
        confirmations_.erase(std::string(scope));
    else if (!is_start && confirmations_.size() < kConfirmationsMax)
        confirmations_.emplace(scope);
    const bool is_noted = is_start ? ledger_.start(scope) : consent.action() != Consent::STOP || ledger_.stop(scope);
    if (is_noted) ledger_.say(event_key);
    return is_noted;
}

bool OptOuts::take(const std::string& scope) {
    const bool is_confirmation = confirmations_.erase(scope) != 0;
    return is_confirmation || !ledger_.has_stopped(scope);
}

}  // namespace millrace::sms
