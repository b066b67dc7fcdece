#include "adapters/smtp/normalise_marks.hpp"

#include <algorithm>

#include "adapters/smtp/mime/ascii.hpp"
#include "adapters/smtp/normalise.hpp"

namespace millrace::smtp {
namespace {

using mime::begins_with;
using mime::equals;

bool is_named(const v1::Email& email, std::string_view recipient) {
    const auto is_it = [recipient](const v1::Email::Address& address) { return equals(address.address(), recipient); };
    return std::any_of(email.to().begin(), email.to().end(), is_it) ||
           std::any_of(email.cc().begin(), email.cc().end(), is_it);
}

bool has_named_recipient(const v1::Email& email) {
    const auto& to = email.envelope().to();
    return std::any_of(to.begin(), to.end(),
                       [&](const auto& recipient) { return is_named(email, recipient.address()); });
}

bool is_automatic(const v1::Email& email) {
    const std::string& submitted = email.auto_submitted();
    return (!submitted.empty() && submitted != "no") || !header_value(email, "X-Autoreply").empty() ||
           !header_value(email, "X-Autorespond").empty() || equals(header_value(email, "Precedence"), "auto_reply") ||
           email.report().kind() == v1::Email::Report::DISPOSITION;
}

// A report of failure, or mail from a mailer to which nobody is to answer.
bool is_bounce(const v1::Email& email) {
    if (email.report().kind() == v1::Email::Report::DELIVERY) {
        const auto& recipients = email.report().recipients();
        return std::any_of(recipients.begin(), recipients.end(), [](const auto& r) { return r.action() == "failed"; });
    }
    if (!email.envelope().from().empty() || email.has_report()) return false;
    const std::string_view from = from_address(email);
    return begins_with(from, "mailer-daemon@") || begins_with(from, "postmaster@");
}

// What Exchange asks for.
bool suppresses_replies(const v1::Email& email) {
    const std::string wish = mime::lower(header_value(email, "X-Auto-Response-Suppress"));
    const auto has = [&wish](std::string_view word) { return wish.find(word) != std::string::npos; };
    return has("all") || has("oof") || has("autoreply");
}

}  // namespace

void normalise_marks(v1::Email& email) {
    v1::Email::Marks& marks = *email.mutable_marks();
    const std::string_view precedence = header_value(email, "Precedence");
    marks.set_null_sender(email.envelope().from().empty());
    marks.set_bounce(is_bounce(email));
    marks.set_automatic(is_automatic(email));
    marks.set_list(!email.list().id().empty() || email.list().post_size() > 0);
    marks.set_bulk(email.has_list() || equals(precedence, "bulk") || equals(precedence, "junk") ||
                   equals(precedence, "list"));
    const bool is_from_program = marks.null_sender() || marks.bounce() || marks.automatic() || email.has_report();
    const bool is_to_many = marks.list() || marks.bulk();
    marks.set_may_auto_reply(!is_from_program && !is_to_many && !suppresses_replies(email) &&
                             has_named_recipient(email));
}

}  // namespace millrace::smtp
