#include "adapters/smtp/normalise_parts.hpp"

#include <algorithm>

#include "adapters/common/utf8.hpp"
#include "adapters/smtp/mime/ascii.hpp"
#include "adapters/smtp/mime/body_selection.hpp"
#include "adapters/smtp/mime/calendar.hpp"
#include "adapters/smtp/mime/file_name.hpp"
#include "adapters/smtp/mime/lines.hpp"
#include "adapters/smtp/mime/report.hpp"

namespace millrace::smtp {
namespace {

using mime::Fault;
using mime::Part;

constexpr std::size_t kCalendarBytesMax = 64 * 1024;
constexpr std::size_t kCalendarsMax = 16;

v1::Email::Disposition disposition_of(const Part& part) {
    switch (part.disposition) {
        case mime::Disposition::inline_:
            return v1::Email::INLINE;
        case mime::Disposition::attachment:
            return v1::Email::ATTACHMENT;
        case mime::Disposition::none:
            break;
    }
    return v1::Email::DISPOSITION_UNSPECIFIED;
}

v1::Email::Encoding encoding_of(const Part& part) {
    switch (part.encoding) {
        case mime::Encoding::base64:
            return v1::Email::BASE64;
        case mime::Encoding::quoted_printable:
            return v1::Email::QUOTED_PRINTABLE;
        case mime::Encoding::identity:
            break;
    }
    return v1::Email::IDENTITY;
}

// CRLF becomes LF, from `begin` on.
void use_lf(std::string& text, std::size_t begin) {
    char* to = text.data() + begin;
    for (std::size_t from = begin; from < text.size();) {
        const mime::Line line = mime::line_at(text, from);
        to = std::copy(text.data() + line.begin, text.data() + line.end, to);
        if (line.next > line.end) *to++ = '\n';
        from = line.next;
    }
    text.resize(static_cast<std::size_t>(to - text.data()));
}

class PartNormaliser {
  public:
    PartNormaliser(const std::vector<Part>& parts, const mime::Reading& reading, Sha256& sha256, v1::Email& email)
        : parts_(parts), reading_(reading), sha256_(sha256), email_(email), bodies_(mime::select_bodies(parts)),
          is_shown_(parts.size(), false) {}

    void add_bodies(std::string& text) {
        email_.mutable_text_parts()->Add(bodies_.text.begin(), bodies_.text.end());
        email_.mutable_html_parts()->Add(bodies_.html.begin(), bodies_.html.end());
        email_.mutable_attachments()->Add(bodies_.attachments.begin(), bodies_.attachments.end());
        email_.set_text_truncated(add_body(bodies_.text, "text/plain", text));
        email_.set_html_truncated(add_body(bodies_.html, "text/html", *email_.mutable_html()));
        for (const std::uint32_t number : bodies_.text) {
            if (parts_[number].type != "text/plain") continue;
            email_.set_flowed(mime::equals(parts_[number].parameter("format"), "flowed"));
            email_.set_del_sp(mime::equals(parts_[number].parameter("delsp"), "yes"));
            break;
        }
    }

    void add_parts() {
        for (std::uint32_t number = 0; number < parts_.size(); ++number) add_part(number);
    }

    void add_calendars() {
        std::vector<mime::Calendar> earlier;
        for (std::uint32_t number = 0; number < parts_.size() && earlier.size() < kCalendarsMax; ++number) {
            const Part& part = parts_[number];
            if (part.type != "text/calendar" && part.type != "application/ics") continue;
            std::string text;
            append_text(number, kCalendarBytesMax, text);
            std::optional<mime::Calendar> calendar = mime::parse_calendar(text);
            if (calendar) add_calendar(number, std::move(*calendar), earlier);
        }
    }

    void add_report();

  private:
    // The parts of one type, one after the other. -> Whether some of it had to be left out.
    bool add_body(const std::vector<std::uint32_t>& numbers, std::string_view type, std::string& out) {
        bool is_truncated = false;
        for (const std::uint32_t number : numbers) {
            if (parts_[number].type != type) continue;
            is_shown_[number] = true;
            const std::size_t room = reading_.limits.text_bytes - std::min(out.size(), reading_.limits.text_bytes);
            is_truncated |= !append_text(number, room, out);
        }
        return is_truncated;
    }

    // A part as text, valid UTF-8 without CR at the ends of lines. -> Whether `bytes_max` octets were enough.
    bool append_text(std::uint32_t number, std::size_t bytes_max, std::string& out) {
        const Part& part = parts_[number];
        std::string_view bytes = part.content();
        mime::Content decoded;
        if (part.encoding != mime::Encoding::identity) {
            decoded = mime::read_content(part.encoding, bytes, bytes_max + 1);
            check(decoded.is_sound, number);
            bytes = decoded.bytes;
        }
        const bool is_whole = bytes.size() <= bytes_max;
        const std::size_t begin = out.size();
        switch (reading_.charsets.append(out, part.parameter("charset"), bytes.substr(0, bytes_max), !is_whole)) {
            case mime::Charsets::Outcome::good:
                break;
            case mime::Charsets::Outcome::bad_text:
                fault(Fault::bad_text, number);
                break;
            case mime::Charsets::Outcome::unknown:
                fault(Fault::unknown_charset, number);
                break;
        }
        use_lf(out, begin);
        return is_whole;
    }

    void check(bool is_sound, std::uint32_t number) {
        if (is_sound) return;
        const bool is_base64 = parts_[number].encoding == mime::Encoding::base64;
        fault(is_base64 ? Fault::bad_base64 : Fault::bad_quoted_printable, number);
    }

    void fault(Fault fault, std::uint32_t number) { reading_.defects.add(fault, number, parts_[number].begin); }

    void add_part(std::uint32_t number) {
        const Part& part = parts_[number];
        v1::Email::Part& added = *email_.add_parts();
        added.set_parent(part.parent);
        if (part.within) added.set_within(*part.within);
        *added.mutable_type() = as_name(part.type);
        *added.mutable_charset() = part.parameter("charset");
        added.set_disposition(disposition_of(part));
        if (!part.file_name.empty()) {
            *added.mutable_name() = mime::safe_file_name(part.file_name);
            added.set_name_changed(added.name() != part.file_name);
        }
        *added.mutable_content_id() = part.content_id;
        *added.mutable_location() = part.location;
        *added.mutable_description() = part.description;
        added.set_header_offset(part.header_begin);
        added.set_header_size(part.header_size);
        added.set_offset(part.begin);
        added.set_encoded_size(part.size);
        added.set_encoding(encoding_of(part));
        if (part.kind == Part::Kind::leaf && !is_shown_[number]) digest(number, added);
    }

    void digest(std::uint32_t number, v1::Email::Part& added) {
        mime::ContentReader reader(parts_[number].encoding, parts_[number].content());
        std::uint64_t size = 0;
        bool has_more = true;
        while (has_more) {
            piece_.clear();
            has_more = reader.read(piece_);
            size += piece_.size();
            sha256_.add(piece_);
        }
        check(reader.is_sound(), number);
        added.set_size(size);
        *added.mutable_sha256() = sha256_.finish();
    }

    void add_calendar(std::uint32_t number, mime::Calendar calendar, std::vector<mime::Calendar>& earlier) {
        v1::Email::Calendar& added = *email_.add_calendars();
        added.set_part(number);
        if (calendar.method.empty()) {
            for (const char c : parts_[number].parameter("method")) {
                calendar.method += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
            }
        }
        *added.mutable_method() = calendar.method;
        *added.mutable_component() = calendar.component;
        *added.mutable_uid() = calendar.uid;
        *added.mutable_sequence() = calendar.sequence;
        *added.mutable_organizer() = calendar.organizer;
        *added.mutable_recurrence_id() = calendar.recurrence_id;
        *added.mutable_dtstamp() = calendar.dtstamp;
        const auto same = std::find(earlier.begin(), earlier.end(), calendar);
        if (same != earlier.end()) added.set_repeats(email_.calendars(static_cast<int>(same - earlier.begin())).part());
        earlier.push_back(std::move(calendar));
    }

    const std::vector<Part>& parts_;
    const mime::Reading& reading_;
    Sha256& sha256_;
    v1::Email& email_;
    mime::BodySelection bodies_;
    std::vector<bool> is_shown_;  // Is part of the text or the html.
    std::string piece_;
};

void PartNormaliser::add_report() {
    std::optional<mime::Report> report = mime::find_report(parts_, reading_.limits);
    if (!report) return;
    v1::Email::Report& added = *email_.mutable_report();
    added.set_kind(static_cast<v1::Email::Report::Kind>(report->kind));
    *added.mutable_reporting_mta() = std::move(report->reporting_mta);
    *added.mutable_original_envelope_id() = std::move(report->original_envelope_id);
    *added.mutable_original_message_id() = std::move(report->original_message_id);
    *added.mutable_feedback_type() = std::move(report->feedback_type);
    for (mime::Report::Recipient& recipient : report->recipients) {
        v1::Email::Report::Recipient& to = *added.add_recipients();
        *to.mutable_original() = std::move(recipient.original);
        *to.mutable_final() = std::move(recipient.final);
        *to.mutable_action() = std::move(recipient.action);
        *to.mutable_status() = std::move(recipient.status);
        *to.mutable_diagnostic() = std::move(recipient.diagnostic);
        *to.mutable_remote_mta() = std::move(recipient.remote_mta);
    }
    if (report->original) added.set_original(*report->original);
}

}  // namespace

void normalise_parts(const std::vector<mime::Part>& parts, const mime::Reading& reading, Sha256& sha256,
                     v1::Email& email, std::string& text) {
    PartNormaliser normaliser(parts, reading, sha256, email);
    normaliser.add_bodies(text);
    normaliser.add_parts();
    normaliser.add_calendars();
    normaliser.add_report();
}

}  // namespace millrace::smtp
