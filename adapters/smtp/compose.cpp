#include "adapters/smtp/compose.hpp"

#include <algorithm>
#include <charconv>

#include "adapters/common/base64.hpp"
#include "adapters/common/digest.hpp"
#include "adapters/common/mail_syntax.hpp"
#include "adapters/common/utf8.hpp"
#include "adapters/smtp/mime/ascii.hpp"
#include "adapters/smtp/mime/writer.hpp"
#include "adapters/smtp/reply_to.hpp"
#include "millrace/v1/command.pb.h"

namespace millrace::smtp {
namespace {

constexpr std::size_t kIdBytesMax = 250;     // Of a message id that is repeated.
constexpr std::size_t kWordsBytesMax = 900;  // Of a refusal, in one line.
constexpr std::size_t kTypeBytesMax = 127;   // Of an attachment's type, RFC 6838 §4.2.
constexpr std::size_t kNameBytesMax = 200;   // Of its file.

// Equal for each try of one sending, and for no other.
std::string unique_name(const Outgoing& command, const Posting& posting) {
    Sha256 sha256;
    for (const std::string_view part : {command.address, command.payload, command.body}) {
        sha256.add(std::to_string(part.size()) + ".");
        sha256.add(part);
    }
    return posting.number + "." + hex_encoded(sha256.finish().substr(0, 12));
}

bool is_id(std::string_view id) {
    return !id.empty() && id.size() <= kIdBytesMax &&
           std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c <= '~' && c != '<' && c != '>'; });
}

std::string reply_subject(const std::string& subject) {
    return mime::begins_with(subject, "re:") ? subject : "Re: " + subject;
}

// As it stands in a header: a local part that is no dot-atom is quoted (RFC 5322 §3.4.1).
std::string header_form(const std::string& address) {
    const std::size_t at = address.rfind('@');
    const std::string_view local = std::string_view(address).substr(0, at);
    constexpr std::string_view kSpecials = "()<>[]:;@\\,\" ";
    const bool is_plain = local.find_first_of(kSpecials) == local.npos && !local.starts_with('.') &&
                          !local.ends_with('.') && local.find("..") == local.npos;
    if (is_plain || local.starts_with('"')) return address;
    std::string quoted = "\"";
    for (const char c : local) quoted.append(c == '"' || c == '\\' ? "\\" : "").append(1, c);
    return quoted + "\"" + address.substr(at);
}

// One mail as it is written.
class Composer {
  public:
    Composer(const Outgoing& command, const Author& author, const Posting& posting, const v1::Command& body, Mail& mail)
        : command_(command), author_(author), posting_(posting), body_(body), out_(mail.content),
          name_(unique_name(command, posting)) {
        out_.clear();
    }

    void write_letter(const std::string& from, const std::string& to, const v1::EmailReplyTo* answered) {
        write_head(header_form(from), to);
        if (const std::string text = subject(answered); !text.empty()) mime::write_text_field(out_, "Subject", text);
        if (answered) write_thread(*answered);
        write_automatic(answered ? "auto-replied" : "auto-generated");
        write_content();
    }

    void write_bounce(const v1::EmailReplyTo& refused) {
        const std::string boundary = next_boundary();
        write_head("Mail Delivery System <MAILER-DAEMON@" + author_.host + ">", refused.to());
        mime::write_field(out_, "Subject", "Undelivered Mail Returned to Sender");
        write_thread(refused);
        write_automatic("auto-replied");
        mime::write_field(out_, "Content-Type",
                          "multipart/report; report-type=delivery-status;\r\n boundary=\"" + boundary + "\"");
        out_ += "\r\n";
        write_notice(boundary, refused);
        write_status(boundary, refused);
        write_refused_header(boundary, refused);
        out_ += "--" + boundary + "--\r\n";
    }

  private:
    void write_head(const std::string& from, const std::string& to) {
        mime::write_field(out_, "Date", mime::date_text(posting_.now_s));
        mime::write_field(out_, "From", from);
        mime::write_field(out_, "To", header_form(to));
        mime::write_field(out_, "Message-ID", "<" + name_ + "@" + author_.host + ">");
    }

    std::string subject(const v1::EmailReplyTo* answered) const {
        if (!body_.title().empty() || !answered) return body_.title();
        return reply_subject(answered->subject());
    }

    void write_thread(const v1::EmailReplyTo& answered) {
        if (!is_id(answered.message_id())) return;
        const std::string id = "<" + answered.message_id() + ">";
        mime::write_field(out_, "In-Reply-To", id);
        std::string references;
        for (const std::string& reference : answered.references()) {
            if (is_id(reference)) references += "<" + reference + ">\r\n ";
        }
        mime::write_field(out_, "References", references + id);
    }

    // X-Auto-Response-Suppress keeps Exchange from answering, and lets it report what it cannot deliver.
    void write_automatic(std::string_view how) {
        mime::write_field(out_, "Auto-Submitted", how);
        mime::write_field(out_, "X-Auto-Response-Suppress", "OOF, AutoReply");
        mime::write_field(out_, kHopsField, std::to_string(command_.hops));
        mime::write_field(out_, "MIME-Version", "1.0");
    }

    void write_content() {
        const auto& attachments = body_.email_send().attachments();
        if (attachments.empty()) return write_text();
        const std::string boundary = next_boundary();
        open_multipart("mixed", boundary);
        begin_part(boundary);
        write_text();
        for (const v1::EmailSend::Attachment& attachment : attachments) {
            begin_part(boundary);
            out_ += "Content-Type: " + type_of(attachment) + "\r\nContent-Disposition: attachment";
            if (!attachment.name().empty())
                mime::write_parameter(out_, "filename", utf8_beginning(attachment.name(), kNameBytesMax));
            out_ += "\r\n";
            mime::write_bytes(out_, attachment.content());
        }
        out_ += "--" + boundary + "--\r\n";
    }

    void write_text() {
        const std::string& html = body_.email_send().html();
        if (html.empty()) return write_payload();
        const std::string boundary = next_boundary();
        open_multipart("alternative", boundary);
        begin_part(boundary);
        write_payload();
        begin_part(boundary);
        write_text_part("text/html", html);
        out_ += "--" + boundary + "--\r\n";
    }

    void write_payload() {
        if (command_.payload_kind != MILLRACE_DATA) return write_text_part("text/plain", command_.payload);
        mime::write_field(out_, "Content-Type", "application/octet-stream");
        mime::write_bytes(out_, command_.payload);
    }

    void write_text_part(const std::string& type, std::string_view text) {
        mime::write_field(out_, "Content-Type", type + "; charset=utf-8");
        mime::write_text(out_, text);
    }

    void write_notice(const std::string& boundary, const v1::EmailReplyTo& refused) {
        std::string notice = "This is the mail system at " + author_.host +
                             ".\n\nYour mail was accepted, and refused then. It was for:\n\n";
        for (const std::string& recipient : refused.recipients()) notice += "  " + recipient + "\n";
        if (!command_.payload.empty()) notice.append("\nWhat they say:\n\n  ").append(command_.payload).append("\n");
        begin_part(boundary);
        write_text_part("text/plain", notice);
    }

    // RFC 3464 §2.
    void write_status(const std::string& boundary, const v1::EmailReplyTo& refused) {
        const std::uint32_t code = body_.refusal().code();
        const bool is_reply_code = code >= 500 && code <= 599;
        begin_part(boundary);
        out_ += "Content-Type: message/delivery-status\r\n\r\n";
        mime::write_field(out_, "Reporting-MTA", "dns; " + author_.host);
        for (const std::string& recipient : refused.recipients()) {
            out_ += "\r\n";
            mime::write_field(out_, "Final-Recipient", "rfc822; " + in_ascii(recipient));
            mime::write_field(out_, "Action", "failed");
            mime::write_field(out_, "Status", "5.7.1");
            const std::string words = command_.payload.empty() ? "5.7.1 refused" : in_ascii(command_.payload);
            mime::write_field(
                out_, "Diagnostic-Code",
                "smtp; " + std::to_string(is_reply_code ? code : 550) + " " + words.substr(0, kWordsBytesMax));
        }
    }

    static std::string in_ascii(std::string_view text) {
        std::string ascii(text);
        std::replace_if(
            ascii.begin(), ascii.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
        return ascii;
    }

    void write_refused_header(const std::string& boundary, const v1::EmailReplyTo& refused) {
        begin_part(boundary);
        out_ += "Content-Type: text/rfc822-headers\r\n\r\n";
        if (!refused.subject().empty()) mime::write_text_field(out_, "Subject", refused.subject());
        if (is_id(refused.message_id())) mime::write_field(out_, "Message-ID", "<" + refused.message_id() + ">");
    }

    static std::string type_of(const v1::EmailSend::Attachment& attachment) {
        const std::string& type = attachment.type();
        const auto is_of_type = [](char c) {
            const char lower = mime::to_lower(c);
            return mime::is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '+' || c == '-' || c == '.' || c == '/';
        };
        const bool is_type = type.size() <= kTypeBytesMax && std::count(type.begin(), type.end(), '/') == 1 &&
                             !type.starts_with('/') && !type.ends_with('/') &&
                             std::all_of(type.begin(), type.end(), is_of_type);
        const bool is_composite = mime::begins_with(type, "multipart/") || mime::begins_with(type, "message/");
        return is_type && !is_composite ? type : "application/octet-stream";
    }

    // No line of base64 or quoted-printable has `=_`, and nobody knows the name beforehand.
    std::string next_boundary() { return "=_" + std::to_string(++boundary_count_) + "." + name_; }

    void open_multipart(std::string_view type, const std::string& boundary) {
        mime::write_field(out_, "Content-Type",
                          "multipart/" + std::string(type) + ";\r\n boundary=\"" + boundary + "\"");
        out_ += "\r\n";
    }
    void begin_part(const std::string& boundary) { out_ += "--" + boundary + "\r\n"; }

    const Outgoing& command_;
    const Author& author_;
    const Posting& posting_;
    const v1::Command& body_;
    std::string& out_;
    const std::string name_;
    int boundary_count_ = 0;
};

// `postmaster` has no domain.
std::string own_address(const v1::EmailReplyTo& reply_to, const Author& author) {
    const std::string& first = reply_to.recipients(0);
    return is_mailbox(first) ? first : "postmaster@" + author.host;
}

std::string wrong_with(const v1::EmailReplyTo& reply_to, bool is_bounce) {
    const std::string& own = reply_to.recipients(0);
    if (!is_mailbox(reply_to.to())) return "its sender's address is none that mail can be sent to";
    if (is_bounce) return {};
    if (!reply_to.not_answered().empty()) return "the mail is not answered: " + reply_to.not_answered();
    if (is_international(own) && !is_international(reply_to.to()))
        return "the mail was for an address beyond ASCII, which cannot answer one that is not";
    return {};
}

}  // namespace

std::string compose(const Outgoing& command, const Author& author, const Posting& posting, Mail& mail) {
    v1::Command body;
    if (!body.ParseFromArray(command.body.data(), static_cast<int>(command.body.size())))
        return "its body is no Command";
    Composer composer(command, author, posting, body, mail);
    if (const auto reply_to = read_reply_to(command.address)) {
        if (std::string wrong = wrong_with(*reply_to, body.has_refusal()); !wrong.empty()) return wrong;
        mail.from.clear();
        mail.to = {reply_to->to()};
        if (body.has_refusal())
            composer.write_bounce(*reply_to);
        else
            composer.write_letter(own_address(*reply_to, author), reply_to->to(), &*reply_to);
        return {};
    }
    const std::string to(command.address);
    if (!is_mailbox(to)) return "its address is none that mail can be sent to: it needs NAME@DOMAIN";
    mail.from = author.from;
    mail.to = {to};
    composer.write_letter(author.from, to, nullptr);
    return {};
}

std::uint32_t read_hops(std::string_view value) {
    constexpr std::uint32_t kMost = 1000;
    value = mime::trimmed(value);
    std::uint32_t hops = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), hops);
    return read.ec == std::errc() && read.ptr == value.data() + value.size() ? std::min(hops, kMost) : 0;
}

}  // namespace millrace::smtp
