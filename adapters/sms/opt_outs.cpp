#include "adapters/sms/opt_outs.hpp"

namespace millrace::sms {

bool OptOuts::note(std::string_view scope, const v1::Sms::Consent& consent) {
    using Consent = v1::Sms::Consent;
    if (consent.action() == Consent::START) return ledger_.start(scope);
    if (consent.handled_by_provider())
        confirmations_.erase(std::string(scope));
    else if (confirmations_.size() < kConfirmationsMax)
        confirmations_.emplace(scope);
    return consent.action() != Consent::STOP || ledger_.stop(scope);
}

bool OptOuts::take(const std::string& scope) {
    const bool is_confirmation = confirmations_.erase(scope) != 0;
    return is_confirmation || !ledger_.has_stopped(scope);
}

}  // namespace millrace::sms
