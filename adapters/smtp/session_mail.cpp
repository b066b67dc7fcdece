#include <algorithm>
#include <span>

#include "adapters/common/base64.hpp"
#include "adapters/common/digest.hpp"
#include "adapters/common/utf8.hpp"
#include "adapters/smtp/ascii.hpp"
#include "adapters/smtp/compose.hpp"
#include "adapters/smtp/io_thread.hpp"
#include "adapters/smtp/normalise.hpp"
#include "adapters/smtp/reply_to.hpp"
#include "adapters/smtp/session.hpp"
#include "millrace/v1/message.pb.h"

// A session's part that stands between its mails and the gateway.
namespace millrace::smtp {
namespace {

constexpr std::size_t kAttributeBytesMax = 1000;
constexpr std::size_t kInMemoryBytesMax = 256 * 1024;  // A larger mail is a file.
constexpr std::size_t kHeadersMax = 200;               // That routes can ask about.

using Attributes = std::vector<std::pair<std::string, std::string>>;

void add(Attributes& attributes, std::string key, std::string_view value) {
    if (!value.empty()) attributes.emplace_back(std::move(key), as_name(value.substr(0, kAttributeBytesMax)));
}

// Each time that one server brings one mail for the same recipients, it is the same.
std::string identity_of(const v1::Email& email, std::string_view from, std::span<const std::string> to) {
    std::string whole = email.wire_sha256();
    whole.append(from);
    for (const std::string& address : to) whole.append(1, '\0').append(address);
    return hex_encoded(Sha256().of(whole));
}

void append_reply_to(std::string& fields, const v1::Email& email) {
    const std::string reply_to = make_reply_to(email);
    if (reply_to.empty()) return;
    v1::ChannelMessage message;
    message.set_reply_to(reply_to);
    message.AppendToString(&fields);
}

}  // namespace

// What routes can match on before there is a message.
std::vector<std::pair<std::string, std::string>> Session::attributes_for(const Mailbox& recipient) const {
    Attributes attributes;
    add(attributes, "to", recipient.address());
    add(attributes, "from", dialogue_->envelope().sender.address());
    add(attributes, "user", dialogue_->user());
    add(attributes, "tls", tls_ ? tls_->version() : std::string_view());
    add(attributes, "peer", source_.peer.address().to_string());
    add(attributes, "helo", dialogue_->hello_name());
    add(attributes, "listener", source_.listener);
    return attributes;
}

// Contract D11: is there somebody for it, and may it share the one reply with those before it?
Reply Session::judge_recipient() {
    if (!may(ClientRates::What::recipient)) return Reply::too_much;
    const Mailbox& recipient = dialogue_->recipient();
    if (!thread_.settings().recipients.take(recipient)) return Reply::no_such_user;
    const Attributes known = attributes_for(recipient);
    std::vector<millrace_attribute> attributes;
    for (const auto& [key, value] : known) attributes.push_back({bytes(key), bytes(value)});
    const millrace_bytes unknown[] = {bytes(std::string_view("subject")), bytes(std::string_view("size"))};
    const Probe probe = thread_.host().probe(thread_.loop(), attributes, unknown);
    if (probe.answer == MILLRACE_PROBE_NO) return Reply::no_such_user;
    if (probe.answer == MILLRACE_PROBE_LATER) return Reply::try_later;
    const std::size_t place = dialogue_->envelope().recipients.size();
    const auto group =
        std::find_if(groups_.begin(), groups_.end(), [&](auto& it) { return it.routes == probe.routes; });
    if (group != groups_.end()) {
        group->recipients.push_back(place);
    } else if (groups_.empty() || thread_.settings().is_lmtp()) {
        groups_.push_back({probe.routes, {place}});
    } else {
        thread_.host().release(probe.routes);
        return Reply::other_routes;
    }
    return Reply::recipient_ok;
}

void Session::ask_login() {
    const std::uint32_t ticket = dialogue_->ticket();
    Credentials credentials = dialogue_->credentials();
    dialogue_->credentials().wipe();
    if (!may(ClientRates::What::login)) {
        credentials.wipe();
        return static_cast<void>(dialogue_->judge(ticket, Reply::auth_unavailable));
    }
    if (!thread_.check(std::move(credentials), *this, ticket)) dialogue_->judge(ticket, Reply::auth_unavailable);
}

void Session::keep_text(std::string_view piece) {
    if (!large_ && text_.size() + piece.size() <= kInMemoryBytesMax) {
        text_.append(piece);
        return;
    }
    if (!large_) {
        large_.emplace(thread_.host());
        large_->append(text_);
        thread_.pool().give_back(text_);
    }
    if (large_->append(piece)) return;
    if (!large_->error().empty()) thread_.count_full_disk(large_->error());
    dialogue_->refuse_content(Reply::no_space);
}

void Session::deliver() {
    waits_for_name_ = false;
    if (large_ && !large_->seal()) {
        thread_.count_full_disk(large_->error());
        for (const Group& group : groups_)
            settle(group.recipients, {Settlement::Verdict::retry, 452, "4.3.1 The disk takes no more"});
        return;
    }
    const std::string_view raw = large_ ? large_->bytes() : std::string_view(text_);
    for (const Group& group : groups_) {
        mails_.push_back(std::make_unique<Mail>(*this, group.recipients, group.routes, content_for(group, raw)));
    }
    for (std::size_t i = 0; i < mails_.size(); ++i) mails_[i]->begin();
    release_groups();
    tend();
}

Mail::Content Session::content_for(const Group& group, std::string_view raw) {
    const Envelope& envelope = dialogue_->envelope();
    std::vector<std::string> addresses;
    for (const std::size_t place : group.recipients) {
        std::string address = as_name(envelope.recipients[place].address());
        if (std::find(addresses.begin(), addresses.end(), address) == addresses.end())
            addresses.push_back(std::move(address));
    }
    const std::string from = as_name(envelope.sender.address());
    const std::string client_ip = source_.peer.address().to_string();
    const std::string proxy_ip = proxy_ ? proxy_->address().to_string() : std::string();
    const std::string helo = as_name(dialogue_->hello_name());
    const std::string protocol = dialogue_->protocol();
    Transaction transaction;
    transaction.client_ip = client_ip;
    transaction.client_port = source_.peer.port();
    transaction.helo = helo;
    transaction.protocol = protocol;
    transaction.proxy_ip = proxy_ip;
    transaction.proxy_port = proxy_ ? proxy_->port() : 0;
    transaction.client_name = client_name_;
    if (tls_) transaction.tls = {tls_->version(), tls_->cipher(), tls_->asked_name()};
    if (!dialogue_->user().empty()) transaction.login = {dialogue_->mechanism(), dialogue_->user(), {}};
    Mail::Content content;
    content.key = thread_.next_key();
    transaction.host = thread_.service().host;
    transaction.number = content.key;
    transaction.now_s = thread_.host().now_us() / 1'000'000;
    transaction.from = from;
    transaction.to.assign(addresses.begin(), addresses.end());
    transaction.recipients = static_cast<std::uint32_t>(envelope.recipients.size());
    transaction.eight_bit = envelope.parameters.body == BodyType::eight_bit;
    transaction.utf8 = envelope.parameters.is_smtputf8;
    transaction.declared_size = envelope.parameters.declared_bytes.value_or(0);

    Normaliser& normaliser = thread_.normaliser();
    const v1::Email& email = normaliser.read(transaction, raw);
    content.attributes = attributes_for(envelope.recipients[group.recipients.front()]);
    add(content.attributes, "subject", email.subject());
    add(content.attributes, "size", std::to_string(raw.size()));
    for (int i = 0; i < std::min<int>(email.headers_size(), kHeadersMax); ++i) {
        std::string name = "header." + email.headers(i).name();
        std::transform(name.begin(), name.end(), name.begin(), to_lower);
        add(content.attributes, std::move(name), email.headers(i).value());
    }
    content.text = normaliser.text();
    normaliser.append_fields(content.fields);
    if (thread_.settings().smarthost) append_reply_to(content.fields, email);
    content.hops = read_hops(header_value(email, kHopsField));
    content.external_id = identity_of(email, from, addresses);
    return content;
}

// What has become of them.
void Session::tend() {
    const Mail::Raw raw{large_ ? std::string_view() : std::string_view(text_), large_ ? large_->id() : 0};
    for (const auto& mail : mails_) {
        mail->go_on(raw);
        const auto settlement = mail->take_settlement();
        if (!settlement) continue;
        settle(mail->recipients(), *settlement);
        mail->go_on(raw);
    }
}

void Session::settle(const std::vector<std::size_t>& places, const Settlement& settlement) {
    if (!thread_.settings().is_lmtp()) {
        dialogue_->settle(dialogue_->ticket(), 0, settlement);
        return;
    }
    for (const std::size_t place : places) dialogue_->settle(dialogue_->ticket(), place, settlement);
}

void Session::end_transaction() {
    waits_for_name_ = false;
    const bool is_answered =
        dialogue_ && (dialogue_->ending() == Ending::settled || dialogue_->ending() == Ending::overdue);
    for (const auto& mail : mails_) mail->close_for(is_answered ? MILLRACE_REASON_PEER : MILLRACE_REASON_LOST);
    mails_.clear();
    release_groups();
    large_.reset();
    thread_.pool().give_back(text_);
}

void Session::release_groups() {
    for (const Group& group : groups_) {
        for (std::size_t i = 0; i < group.recipients.size(); ++i) thread_.host().release(group.routes);
    }
    groups_.clear();
}

}  // namespace millrace::smtp
