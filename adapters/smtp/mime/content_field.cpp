#include "adapters/smtp/mime/content_field.hpp"

#include <algorithm>
#include <charconv>

#include "adapters/common/percent.hpp"
#include "adapters/common/utf8.hpp"
#include "adapters/smtp/mime/ascii.hpp"
#include "adapters/smtp/mime/encoded_word.hpp"
#include "adapters/smtp/mime/field_cursor.hpp"

namespace millrace::smtp::mime {
namespace {

constexpr int kWhole = -1;  // No section of RFC 2231: `name` or `name*`.

// A parameter, or a section of one, as it stands in the field.
struct Section {
    std::string name;
    int number;
    bool is_extended;  // Percent-encoded; that of number 0 or kWhole begins with its character set.
    std::string value;
};

// `name`, `name*`, `name*0`, `name*0*`. False: something else behind the star.
bool split_name(std::string_view text, Section& section) {
    const std::size_t star = text.find('*');
    section.name = lower(text.substr(0, star));
    section.number = kWhole;
    section.is_extended = text.ends_with('*');
    if (star == std::string_view::npos) return true;
    std::string_view number = text.substr(star + 1);
    if (section.is_extended && !number.empty()) number.remove_suffix(1);
    if (number.empty()) return section.is_extended;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), section.number);
    return error == std::errc() && end == number.data() + number.size() && section.number >= 0;
}

// A type, subtype, name or unquoted value; other characters than those of a token are put up with.
std::string_view read_token(FieldCursor& cursor, std::string_view ends) {
    const std::size_t begin = cursor.at();
    while (!cursor.is_done() && ends.find(cursor.peek()) == std::string_view::npos) cursor.skip();
    return cursor.since(begin);
}

// An unquoted value may have blanks in it; those at its end are not part of it.
std::string read_value(FieldCursor& cursor, bool& is_sound) {
    cursor.skip_blanks();
    if (cursor.peek() != '"') {
        const std::string_view value = trimmed(read_token(cursor, ";\r\n("));
        if (value.find_first_of(" \t\"") != std::string_view::npos) is_sound = false;
        return std::string(value);
    }
    std::string value;
    if (!cursor.read_quoted(value)) is_sound = false;
    return value;
}

// Sections of one parameter, in order, into its value.
class Joiner {
  public:
    explicit Joiner(Charsets& charsets) : charsets_(charsets) {}

    // -> Whether the value was as it should be.
    bool add(const Section& section, bool is_first) {
        if (!section.is_extended) {
            const bool is_sound = flush();
            TextFaults faults;
            if (section.value.find("=?") != std::string::npos) {
                append_text(value_, section.value, charsets_, faults);
            } else {
                value_ += as_utf8(section.value);
                faults.is_not_utf8 = !is_utf8(section.value);
            }
            return is_sound && !faults.is_not_utf8;
        }
        std::string_view text = section.value;
        bool is_sound = true;
        if (is_first) {
            const std::size_t first = text.find('\'');
            const std::size_t second = first == std::string_view::npos ? first : text.find('\'', first + 1);
            is_sound = second != std::string_view::npos;
            if (is_sound) {
                charset_ = text.substr(0, first);
                text.remove_prefix(second + 1);
            }
        }
        octets_ += percent_decoded(text);
        return is_sound;
    }

    bool flush() {
        if (octets_.empty()) return true;
        const Charsets::Outcome outcome = charsets_.append(value_, charset_, octets_);
        octets_.clear();
        return outcome == Charsets::Outcome::good;
    }

    std::string take() { return std::move(value_); }

  private:
    Charsets& charsets_;
    std::string value_;
    std::string charset_;
    std::string octets_;  // Decoded, not yet converted: characters may be split between sections.
};

using Sections = std::vector<const Section*>;

// Of one name, in the order of their numbers; where there are some of RFC 2231, the others are left out.
bool join(Sections::const_iterator begin, Sections::const_iterator end, Charsets& charsets, std::string& value) {
    const auto is_new = [](const Section* section) { return section->number == 0 || section->is_extended; };
    if (const auto found = std::find_if(begin, end, is_new); found != end) begin = found;
    Joiner joiner(charsets);
    bool is_sound = joiner.add(**begin, true) && (*begin)->number <= 0;
    int number = (*begin)->number;
    if (number != kWhole) {
        for (auto at = begin + 1; at != end; ++at) {
            const bool is_next = (*at)->number == number + 1;
            if (is_next) ++number;
            if (!is_next || !joiner.add(**at, false)) is_sound = false;
        }
    }
    if (!joiner.flush()) is_sound = false;
    value = joiner.take();
    return is_sound;
}

void join_all(const std::vector<Section>& sections, Charsets& charsets, ContentField& field) {
    Sections order;
    for (const Section& section : sections) order.push_back(&section);
    std::stable_sort(order.begin(), order.end(), [](const Section* a, const Section* b) {
        return a->name != b->name ? a->name < b->name : a->number < b->number;
    });
    for (const Section& begun : sections) {
        const auto has_name = [&](const auto& other) { return other.name == begun.name; };
        if (std::any_of(field.parameters.begin(), field.parameters.end(), has_name)) continue;
        const auto is_other = [&](const Section* section) { return section->name != begun.name; };
        const auto begin = std::find_if_not(order.begin(), order.end(), is_other);
        const auto end = std::find_if(begin, order.end(), is_other);
        std::string value;
        if (!join(begin, end, charsets, value)) field.is_sound = false;
        field.parameters.push_back({begun.name, std::move(value)});
    }
}

}  // namespace

std::string_view ContentField::find(std::string_view name) const {
    for (const Parameter& parameter : parameters) {
        if (parameter.name == name) return parameter.value;
    }
    return {};
}

ContentField parse_content_field(std::string_view raw, Charsets& charsets, std::size_t parameters_max) {
    ContentField field;
    FieldCursor cursor(raw);
    cursor.skip_blanks();
    while (!cursor.is_done() && cursor.peek() != ';') {
        field.value += lower(read_token(cursor, "; \t\r\n("));
        cursor.skip_blanks();
    }
    std::vector<Section> sections;
    while (!cursor.is_done()) {
        if (cursor.peek() == ';') cursor.skip();
        cursor.skip_blanks();
        if (cursor.is_done()) break;
        if (sections.size() == parameters_max) {
            field.is_cut = true;
            break;
        }
        const std::string_view name = trimmed(read_token(cursor, "=;("));
        cursor.skip_blanks();
        Section section;
        const bool has_value = !cursor.is_done() && cursor.peek() == '=' && !name.empty();
        if (cursor.peek() == '=') cursor.skip();
        if (has_value) section.value = read_value(cursor, field.is_sound);
        if (has_value && split_name(name, section)) {
            sections.push_back(std::move(section));
        } else if (!name.empty() || has_value) {
            field.is_sound = false;
        }
        cursor.skip_blanks();
        if (!cursor.is_done() && cursor.peek() != ';') field.is_sound = false;
    }
    join_all(sections, charsets, field);
    return field;
}

}  // namespace millrace::smtp::mime
