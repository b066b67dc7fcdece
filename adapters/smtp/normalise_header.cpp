#include "adapters/smtp/normalise_header.hpp"

#include <array>

#include "adapters/common/utf8.hpp"
#include "adapters/smtp/mime/addresses.hpp"
#include "adapters/smtp/mime/ascii.hpp"
#include "adapters/smtp/mime/date.hpp"
#include "adapters/smtp/mime/encoded_word.hpp"
#include "adapters/smtp/mime/message_ids.hpp"

namespace millrace::smtp {
namespace {

using mime::Fault;
using Addresses = google::protobuf::RepeatedPtrField<v1::Email::Address>;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

class HeaderNormaliser {
  public:
    HeaderNormaliser(const mime::Reading& reading, v1::Email& email) : reading_(reading), email_(email) {}

    void take(const mime::Field& field);
    void finish();

  private:
    using Take = void (HeaderNormaliser::*)(std::string_view raw, const std::string& value);

    struct Known {
        std::string_view name;
        Take take;
        bool is_single;  // RFC 5322 §3.6 and the like: may be there once.
    };

    template <auto list> void take_addresses(std::string_view raw, const std::string&) {
        add_addresses(raw, *(email_.*list)());
    }
    template <auto list> void take_ids(std::string_view raw, const std::string&) {
        for (std::string& id : ids(raw)) *(email_.*list)()->Add() = std::move(id);
    }
    template <auto list> void take_urls(std::string_view, const std::string& value) {
        add_urls(value, *(email_.mutable_list()->*list)());
    }

    void take_from(std::string_view raw, const std::string&) { add_addresses(raw, *email_.mutable_from()); }
    void take_sender(std::string_view raw, const std::string&);
    void take_date(std::string_view raw, const std::string&);
    void take_message_id(std::string_view raw, const std::string&);
    void take_subject(std::string_view, const std::string& value) { email_.set_subject(value); }
    void take_received(std::string_view, const std::string&) {
        email_.set_received_fields(email_.received_fields() + 1);
    }
    void take_delivered_to(std::string_view, const std::string& value) { email_.add_delivered_to(value); }
    void take_auto_submitted(std::string_view, const std::string& value);
    void take_list_id(std::string_view, const std::string& value);
    void take_one_click(std::string_view, const std::string& value);

    static const Known* find(std::string_view name, std::size_t& index);
    static const std::array<Known, 20> known_fields;

    void add_addresses(std::string_view raw, Addresses& out);
    std::vector<std::string> ids(std::string_view raw);
    void add_urls(const std::string& value, Texts& out) const;
    void add_faults(const mime::TextFaults& faults);
    void fault(Fault fault) { reading_.defects.add(fault, 0, offset_); }

    const mime::Reading& reading_;
    v1::Email& email_;
    std::size_t offset_ = 0;  // Of the field.
    std::uint32_t seen_ = 0;  // Bits: of known_fields.
};

constexpr auto kReplyTo = static_cast<Addresses* (v1::Email::*)()>(&v1::Email::mutable_reply_to);
constexpr auto kTo = static_cast<Addresses* (v1::Email::*)()>(&v1::Email::mutable_to);
constexpr auto kCc = static_cast<Addresses* (v1::Email::*)()>(&v1::Email::mutable_cc);
constexpr auto kBcc = static_cast<Addresses* (v1::Email::*)()>(&v1::Email::mutable_bcc);
constexpr auto kInReplyTo = static_cast<Texts* (v1::Email::*)()>(&v1::Email::mutable_in_reply_to);
constexpr auto kReferences = static_cast<Texts* (v1::Email::*)()>(&v1::Email::mutable_references);
constexpr auto kUnsubscribe = static_cast<Texts* (v1::Email::List::*)()>(&v1::Email::List::mutable_unsubscribe);
constexpr auto kPost = static_cast<Texts* (v1::Email::List::*)()>(&v1::Email::List::mutable_post);
constexpr auto kArchive = static_cast<Texts* (v1::Email::List::*)()>(&v1::Email::List::mutable_archive);
constexpr auto kOwner = static_cast<Texts* (v1::Email::List::*)()>(&v1::Email::List::mutable_owner);

using Self = HeaderNormaliser;
constexpr std::array<Self::Known, 20> Self::known_fields = {{
    {"received", &Self::take_received, false},
    {"from", &Self::take_from, true},
    {"to", &Self::take_addresses<kTo>, true},
    {"cc", &Self::take_addresses<kCc>, true},
    {"subject", &Self::take_subject, true},
    {"date", &Self::take_date, true},
    {"message-id", &Self::take_message_id, true},
    {"in-reply-to", &Self::take_ids<kInReplyTo>, true},
    {"references", &Self::take_ids<kReferences>, true},
    {"reply-to", &Self::take_addresses<kReplyTo>, true},
    {"sender", &Self::take_sender, true},
    {"bcc", &Self::take_addresses<kBcc>, true},
    {"delivered-to", &Self::take_delivered_to, false},
    {"auto-submitted", &Self::take_auto_submitted, true},
    {"list-id", &Self::take_list_id, true},
    {"list-unsubscribe", &Self::take_urls<kUnsubscribe>, true},
    {"list-unsubscribe-post", &Self::take_one_click, true},
    {"list-post", &Self::take_urls<kPost>, true},
    {"list-archive", &Self::take_urls<kArchive>, true},
    {"list-owner", &Self::take_urls<kOwner>, true},
}};

const Self::Known* Self::find(std::string_view name, std::size_t& index) {
    for (index = 0; index < known_fields.size(); ++index) {
        if (mime::equals(known_fields[index].name, name)) return &known_fields[index];
    }
    return nullptr;
}

void Self::take(const mime::Field& field) {
    offset_ = field.offset;
    const std::string_view raw = field.value.substr(0, reading_.limits.field_bytes);
    if (raw.size() < field.value.size()) fault(Fault::header_limit);
    v1::Email::Header& header = *email_.add_headers();
    header.mutable_name()->assign(field.name.data(), field.name.size());
    mime::TextFaults faults;
    mime::append_text(*header.mutable_value(), raw, reading_.charsets, faults);
    if (mime::trimmed(raw) != header.value()) header.mutable_raw()->assign(raw.data(), raw.size());
    header.set_offset(field.offset);
    add_faults(faults);

    std::size_t index = 0;
    const Known* known = find(field.name, index);
    if (known == nullptr) return;
    const std::uint32_t bit = 1u << index;
    if (known->take == &Self::take_from) email_.set_from_fields(email_.from_fields() + 1);
    if (known->is_single && (seen_ & bit) != 0) return fault(Fault::repeated_header);
    seen_ |= bit;
    (this->*known->take)(raw, header.value());
}

void Self::finish() {
    offset_ = 0;
    if (email_.from().empty() || !email_.has_date_s()) fault(Fault::missing_header);
}

void Self::add_faults(const mime::TextFaults& faults) {
    if (faults.is_not_utf8) fault(Fault::header_8bit);
    if (faults.has_bad_word) fault(Fault::bad_encoded_word);
    if (faults.has_unknown_charset) fault(Fault::unknown_charset);
}

void Self::add_addresses(std::string_view raw, Addresses& out) {
    mime::AddressList list = mime::parse_addresses(raw, reading_.charsets, reading_.limits.entries);
    for (mime::Address& address : list.addresses) {
        v1::Email::Address& added = *out.Add();
        *added.mutable_name() = std::move(address.name);
        *added.mutable_address() = std::move(address.address);
        *added.mutable_group() = std::move(address.group);
    }
    add_faults(list.faults);
    if (!list.is_sound || list.addresses.empty()) fault(Fault::bad_address);
    if (list.is_cut) fault(Fault::header_limit);
}

void Self::take_sender(std::string_view raw, const std::string&) {
    Addresses addresses;
    add_addresses(raw, addresses);
    if (!addresses.empty()) email_.mutable_sender()->Swap(&addresses[0]);
}

void Self::take_date(std::string_view raw, const std::string&) {
    const std::optional<mime::Date> date = mime::parse_date(raw);
    if (!date || !date->is_sound) fault(Fault::bad_date);
    if (!date) return;
    email_.set_date_s(date->seconds);
    email_.set_date_zone_min(date->zone_min);
}

std::vector<std::string> Self::ids(std::string_view raw) {
    mime::MessageIds found = mime::parse_message_ids(raw, reading_.limits.entries);
    if (!found.is_sound) fault(Fault::bad_message_id);
    if (found.is_cut) fault(Fault::header_limit);
    return std::move(found.ids);
}

void Self::take_message_id(std::string_view raw, const std::string&) {
    std::vector<std::string> found = ids(raw);
    if (!found.empty()) *email_.mutable_message_id() = std::move(found.front());
}

void Self::take_auto_submitted(std::string_view, const std::string& value) {
    *email_.mutable_auto_submitted() = mime::lower(mime::trimmed(value.substr(0, value.find_first_of(";("))));
}

// `A list <id.example.org>`, or the id alone.
void Self::take_list_id(std::string_view, const std::string& value) {
    const std::size_t open = value.rfind('<');
    const std::size_t begin = open == std::string::npos ? 0 : open + 1;
    email_.mutable_list()->set_id(std::string(mime::trimmed(value.substr(begin, value.find('>', begin) - begin))));
}

void Self::take_one_click(std::string_view, const std::string& value) {
    email_.mutable_list()->set_one_click(mime::equals(value, "List-Unsubscribe=One-Click"));
}

// `<url>, <url> (comment)`: RFC 2369 §2.
void Self::add_urls(const std::string& value, Texts& out) const {
    for (std::size_t at = 0; static_cast<std::size_t>(out.size()) < reading_.limits.entries;) {
        const std::size_t open = value.find('<', at);
        const std::size_t close = open == std::string::npos ? open : value.find('>', open);
        if (close == std::string::npos) return;
        std::string url;
        for (std::size_t i = open + 1; i < close; ++i) {
            if (!mime::is_blank(value[i])) url += value[i];
        }
        if (!url.empty()) *out.Add() = std::move(url);
        at = close + 1;
    }
}

}  // namespace

void normalise_header(const std::vector<mime::Field>& fields, const mime::Reading& reading, v1::Email& email) {
    HeaderNormaliser normaliser(reading, email);
    for (const mime::Field& field : fields) normaliser.take(field);
    normaliser.finish();
}

}  // namespace millrace::smtp
