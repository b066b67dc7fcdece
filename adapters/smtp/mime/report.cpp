#include "adapters/smtp/mime/report.hpp"

#include "adapters/common/utf8.hpp"
#include "adapters/smtp/mime/ascii.hpp"
#include "adapters/smtp/mime/header_reader.hpp"
#include "adapters/smtp/mime/message_ids.hpp"

namespace millrace::smtp::mime {
namespace {

// One line, valid UTF-8.
std::string value_of(const Field& field) {
    std::string out;
    bool has_blank = false;
    for (const char c : trimmed(field.value)) {
        if (c == '\r' || c == '\n') {
            has_blank = true;
        } else if (!has_blank || !is_blank(c)) {
            if (has_blank) out += ' ';
            has_blank = false;
            out += c;
        }
    }
    return as_name(out);
}

// `rfc822; user@example.com`, `smtp; 550 no such user`: what follows the type, if there is one.
std::string without_type(std::string value) {
    const std::size_t semicolon = value.find(';');
    const std::size_t blank = value.find(' ');
    if (semicolon == std::string::npos || blank < semicolon) return value;
    return std::string(trimmed(std::string_view(value).substr(semicolon + 1)));
}

class ReportReader {
  public:
    ReportReader(Report& report, const Limits& limits) : report_(report), limits_(limits) {}

    // Groups of fields, between empty lines.
    void read(std::string_view content) {
        const Boundaries none;
        Defects ignored;
        std::size_t at = 0;
        std::size_t count = 0;
        while (at < content.size() && report_.recipients.size() <= limits_.entries) {
            HeaderReader reader(content, at, none, 0, ignored);
            is_in_recipient_ = false;
            Field field;
            while (reader.next(field) && ++count < limits_.fields * 10) {
                field.value = field.value.substr(0, limits_.field_bytes);
                take(field);
            }
            if (reader.content() == at) return;
            at = reader.content();
        }
    }

  private:
    void take(const Field& field) {
        if (equals(field.name, "reporting-mta") || equals(field.name, "reporting-ua")) {
            report_.reporting_mta = without_type(value_of(field));
        } else if (equals(field.name, "user-agent") && report_.kind == Report::Kind::feedback) {
            report_.reporting_mta = value_of(field);
        } else if (equals(field.name, "original-envelope-id")) {
            report_.original_envelope_id = value_of(field);
        } else if (equals(field.name, "original-message-id")) {
            const MessageIds ids = parse_message_ids(field.value, 1);
            if (!ids.ids.empty()) report_.original_message_id = ids.ids.front();
        } else if (equals(field.name, "feedback-type")) {
            report_.feedback_type = lower(value_of(field));
        } else if (equals(field.name, "original-rcpt-to")) {
            report_.recipients.push_back({std::string(bare(value_of(field))), {}, {}, {}, {}, {}});
        } else {
            take_recipient(field);
        }
    }

    void take_recipient(const Field& field) {
        if (equals(field.name, "original-recipient")) {
            recipient().original = without_type(value_of(field));
        } else if (equals(field.name, "final-recipient")) {
            recipient().final = without_type(value_of(field));
        } else if (equals(field.name, "action")) {
            recipient().action = lower(value_of(field));
        } else if (equals(field.name, "status")) {
            const std::string value = value_of(field);
            recipient().status = value.substr(0, value.find_first_of(" ("));
        } else if (equals(field.name, "diagnostic-code")) {
            recipient().diagnostic = without_type(value_of(field));
        } else if (equals(field.name, "remote-mta")) {
            recipient().remote_mta = without_type(value_of(field));
        } else if (equals(field.name, "disposition")) {  // `manual-action/..; displayed/..`
            const std::string value = without_type(value_of(field));
            recipient().action = lower(value.substr(0, value.find_first_of("/ ")));
        }
    }

    static std::string_view bare(std::string_view address) {
        if (address.starts_with('<')) address.remove_prefix(1);
        if (address.ends_with('>')) address.remove_suffix(1);
        return address;
    }

    Report::Recipient& recipient() {
        if (!is_in_recipient_) report_.recipients.emplace_back();
        is_in_recipient_ = true;
        return report_.recipients.back();
    }

    Report& report_;
    const Limits& limits_;
    bool is_in_recipient_ = false;
};

std::optional<Report::Kind> kind_of(std::string_view type) {
    if (type == "message/delivery-status" || type == "message/global-delivery-status") return Report::Kind::delivery;
    if (type == "message/disposition-notification" || type == "message/global-disposition-notification") {
        return Report::Kind::disposition;
    }
    if (type == "message/feedback-report") return Report::Kind::feedback;
    return std::nullopt;
}

// The Message-ID of a header section.
std::string message_id_of(std::string_view header, const Limits& limits) {
    const Boundaries none;
    Defects ignored;
    HeaderReader reader(header, 0, none, 0, ignored);
    Field field;
    for (std::size_t count = 0; count < limits.fields && reader.next(field); ++count) {
        if (!equals(field.name, "message-id")) continue;
        MessageIds ids = parse_message_ids(field.value.substr(0, limits.field_bytes), 1);
        return ids.ids.empty() ? std::string() : std::move(ids.ids.front());
    }
    return {};
}

// The part that is the earlier mail, or its header: a sibling behind the report.
void find_original(const std::vector<Part>& parts, std::uint32_t report_part, const Limits& limits, Report& report) {
    for (std::uint32_t i = report_part + 1; i < parts.size(); ++i) {
        const Part& part = parts[i];
        if (part.parent != parts[report_part].parent) continue;
        const bool is_header = part.type == "text/rfc822-headers" || part.type == "message/global-headers";
        if (part.kind != Part::Kind::message && !is_header) continue;
        report.original = i;
        const std::size_t bytes_max = limits.header_bytes;
        if (report.original_message_id.empty()) {
            const Content content = read_content(part.encoding, part.content(), bytes_max);
            report.original_message_id = message_id_of(content.bytes, limits);
        }
        return;
    }
}

}  // namespace

std::optional<Report> find_report(const std::vector<Part>& parts, const Limits& limits) {
    if (parts.front().kind != Part::Kind::multipart && !kind_of(parts.front().type)) return std::nullopt;
    for (std::uint32_t i = 0; i < parts.size(); ++i) {
        const std::optional<Report::Kind> kind = kind_of(parts[i].type);
        if (!kind || (i > 0 && parts[i].parent != 0)) continue;
        Report report{};
        report.kind = *kind;
        const Content content = read_content(parts[i].encoding, parts[i].content(), limits.header_bytes);
        ReportReader(report, limits).read(content.bytes);
        find_original(parts, i, limits, report);
        return report;
    }
    return std::nullopt;
}

}  // namespace millrace::smtp::mime
