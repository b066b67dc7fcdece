#include "adapters/smtp/reply_to.hpp"

#include <algorithm>

#include "adapters/smtp/mime/ascii.hpp"

namespace millrace::smtp {
namespace {

constexpr char kMark = '\0';
constexpr int kRecipientsMax = 100;
constexpr int kReferencesMax = 10;

// RFC 3834 §2, as far as it is about every answer that a program gives: none to programs, to many, or to oneself.
std::string_view why_not_answered(const v1::Email& email) {
    const v1::Email::Marks& marks = email.marks();
    const v1::Email::Envelope& envelope = email.envelope();
    if (marks.bounce() || email.has_report()) return "it is a report on another mail";
    if (marks.automatic()) return "a program has sent it";
    if (marks.list() || marks.bulk()) return "it has gone to many";
    const bool is_own = std::any_of(envelope.to().begin(), envelope.to().end(), [&](const auto& recipient) {
        return mime::equals(recipient.address(), envelope.from());
    });
    return is_own ? "its recipient has sent it" : "";
}

}  // namespace

std::string make_reply_to(const v1::Email& email) {
    const v1::Email::Envelope& envelope = email.envelope();
    if (envelope.from().empty()) return {};
    v1::EmailReplyTo reply_to;
    reply_to.set_to(envelope.from());
    for (int i = 0; i < std::min(envelope.to_size(), kRecipientsMax); ++i)
        reply_to.add_recipients(envelope.to(i).address());
    reply_to.set_subject(email.subject());
    reply_to.set_message_id(email.message_id());
    for (int i = std::max(0, email.references_size() - kReferencesMax); i < email.references_size(); ++i)
        reply_to.add_references(email.references(i));
    reply_to.set_not_answered(std::string(why_not_answered(email)));
    return kMark + reply_to.SerializeAsString();
}

std::optional<v1::EmailReplyTo> read_reply_to(std::string_view address) {
    v1::EmailReplyTo reply_to;
    if (!address.starts_with(kMark)) return std::nullopt;
    address.remove_prefix(1);
    const bool is_whole = reply_to.ParseFromArray(address.data(), static_cast<int>(address.size()));
    if (!is_whole || reply_to.to().empty() || reply_to.recipients().empty()) return std::nullopt;
    return reply_to;
}

}  // namespace millrace::smtp
