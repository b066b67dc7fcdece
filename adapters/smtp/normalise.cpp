#include "adapters/smtp/normalise.hpp"

#include "adapters/smtp/mime/ascii.hpp"
#include "adapters/smtp/mime/lines.hpp"
#include "adapters/smtp/normalise_header.hpp"
#include "adapters/smtp/normalise_marks.hpp"
#include "adapters/smtp/normalise_parts.hpp"
#include "adapters/smtp/trace.hpp"
#include "millrace/v1/message.pb.h"

namespace millrace::smtp {
namespace {

constexpr std::uint32_t kBytes = 2;  // Wire type of protobuf.

void write_varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
}

void write_tag(std::string& out, int field) { write_varint(out, static_cast<std::uint32_t>(field) << 3 | kBytes); }

void assign(std::string& to, std::string_view from) { to.assign(from.data(), from.size()); }

// What follows the `+` of the local part.
std::string_view detail_of(std::string_view address) {
    const std::string_view local = address.substr(0, address.rfind('@'));
    const std::size_t plus = local.find('+');
    return plus == std::string_view::npos ? std::string_view() : local.substr(plus + 1);
}

}  // namespace

const v1::Email& Normaliser::read(const Transaction& transaction, std::string_view raw) {
    email_.Clear();
    defects_.clear();
    text_.clear();
    read_envelope(transaction);
    email_.set_size(raw.size());
    *email_.mutable_wire_sha256() = sha256_.of(raw);

    const mime::Reading reading{limits_, charsets_, defects_};
    mime::check_lines(raw, defects_);
    mime::parse_structure(raw, reading, structure_);
    email_.set_header_size(structure_.parts.front().header_size);
    normalise_header(structure_.fields, reading, email_);
    normalise_parts(structure_.parts, reading, sha256_, email_, text_);
    normalise_marks(email_);
    add_defects();
    return email_;
}

void Normaliser::read_envelope(const Transaction& transaction) {
    v1::Email::Client& client = *email_.mutable_client();
    assign(*client.mutable_ip(), transaction.client_ip);
    client.set_port(transaction.client_port);
    assign(*client.mutable_helo(), transaction.helo);
    assign(*client.mutable_protocol(), transaction.protocol);
    if (!transaction.proxy_ip.empty()) assign(*client.mutable_proxy_ip(), transaction.proxy_ip);
    client.set_proxy_port(transaction.proxy_port);
    if (transaction.client_name) {
        v1::Email::Authentication::Check& iprev = *email_.mutable_authentication()->mutable_iprev();
        iprev.set_result(transaction.client_name->result);
        iprev.set_domain(transaction.client_name->name);
    }
    if (transaction.tls) {
        v1::Email::Tls& tls = *email_.mutable_tls();
        assign(*tls.mutable_version(), transaction.tls->version);
        assign(*tls.mutable_cipher(), transaction.tls->cipher);
        assign(*tls.mutable_sni(), transaction.tls->sni);
    }
    if (transaction.login) {
        v1::Email::Login& login = *email_.mutable_login();
        assign(*login.mutable_mechanism(), transaction.login->mechanism);
        assign(*login.mutable_user(), transaction.login->user);
        assign(*login.mutable_acts_for(), transaction.login->acts_for);
    }
    v1::Email::Envelope& envelope = *email_.mutable_envelope();
    assign(*envelope.mutable_from(), transaction.from);
    for (const std::string_view address : transaction.to) {
        v1::Email::Recipient& recipient = *envelope.add_to();
        assign(*recipient.mutable_address(), address);
        assign(*recipient.mutable_detail(), detail_of(address));
    }
    envelope.set_recipients(transaction.recipients);
    envelope.set_eight_bit(transaction.eight_bit);
    envelope.set_utf8(transaction.utf8);
    envelope.set_declared_size(transaction.declared_size);
    email_.set_trace(trace_of(transaction));
}

void Normaliser::add_defects() {
    for (const mime::Defect& found : defects_.list()) {
        v1::Email::Defect& defect = *email_.add_defects();
        defect.set_code(static_cast<v1::Email::Defect::Code>(found.fault));
        defect.set_part(found.part);
        defect.set_offset(found.offset);
    }
    email_.set_more_defects(defects_.more());
    email_.set_partial(defects_.is_partial());
}

void Normaliser::append_fields(std::string& out) const {
    write_tag(out, v1::ChannelMessage::kEmailFieldNumber);
    write_varint(out, email_.ByteSizeLong());
    email_.AppendToString(&out);
}

std::string_view header_value(const v1::Email& email, std::string_view name) {
    for (const v1::Email::Header& header : email.headers()) {
        if (mime::equals(header.name(), name)) return header.value();
    }
    return {};
}

std::string_view from_address(const v1::Email& email) {
    return email.from().empty() ? std::string_view() : std::string_view(email.from(0).address());
}

}  // namespace millrace::smtp
