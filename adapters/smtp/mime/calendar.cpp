#include "adapters/smtp/mime/calendar.hpp"

#include "adapters/common/utf8.hpp"
#include "adapters/smtp/mime/ascii.hpp"
#include "adapters/smtp/mime/lines.hpp"

namespace millrace::smtp::mime {
namespace {

constexpr std::size_t kValueBytesMax = 1000;

// The next line without its folds (RFC 5545 §3.1).
std::string next_line(std::string_view text, std::size_t& at) {
    std::string result;
    do {
        const Line line = line_at(text, at);
        const std::size_t begin = result.empty() ? line.begin : line.begin + 1;
        if (result.size() < kValueBytesMax) result += text.substr(begin, line.end - begin);
        at = line.next;
    } while (at < text.size() && is_blank(text[at]) && !result.empty());
    return result;
}

struct Property {
    std::string name;  // Upper case.
    std::string value;
};

// `NAME;PARAMETER="a:b";..:value`.
Property parse_property(std::string_view line) {
    bool is_quoted = false;
    std::size_t colon = 0;
    while (colon < line.size() && (is_quoted || line[colon] != ':')) {
        if (line[colon] == '"') is_quoted = !is_quoted;
        ++colon;
    }
    Property property;
    for (const char c : line.substr(0, std::min(colon, line.find(';')))) {
        property.name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    }
    if (colon < line.size()) property.value = as_name(trimmed(line.substr(colon + 1, kValueBytesMax)));
    return property;
}

std::string* find_slot(Calendar& calendar, std::string_view name) {
    if (name == "UID") return &calendar.uid;
    if (name == "SEQUENCE") return &calendar.sequence;
    if (name == "ORGANIZER") return &calendar.organizer;
    if (name == "RECURRENCE-ID") return &calendar.recurrence_id;
    if (name == "DTSTAMP") return &calendar.dtstamp;
    return nullptr;
}

std::string upper(std::string text) {
    for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return text;
}

}  // namespace

std::optional<Calendar> parse_calendar(std::string_view text) {
    Calendar calendar;
    bool is_calendar = false;
    std::string inner;  // The component that we are in, within the first one or before it.
    for (std::size_t at = 0; at < text.size();) {
        Property property = parse_property(next_line(text, at));
        if (property.name == "BEGIN") {
            std::string component = upper(property.value);
            if (component == "VCALENDAR") {
                is_calendar = true;
            } else if (calendar.component.empty() && component != "VTIMEZONE" && inner.empty()) {
                calendar.component = std::move(component);
            } else if (inner.empty()) {
                inner = std::move(component);
            }
        } else if (property.name == "END") {
            const std::string component = upper(property.value);
            if (!inner.empty() && component == inner) {
                inner.clear();
            } else if (!calendar.component.empty() && inner.empty()) {
                break;
            }
        } else if (inner.empty() && property.name == "METHOD" && calendar.component.empty()) {
            calendar.method = upper(property.value);
        } else if (inner.empty() && !calendar.component.empty()) {
            std::string* slot = find_slot(calendar, property.name);
            if (slot != nullptr && slot->empty()) *slot = std::move(property.value);
        }
    }
    if (!is_calendar) return std::nullopt;
    return calendar;
}

}  // namespace millrace::smtp::mime
