#include "adapters/smtp/mime/part_header.hpp"

#include <algorithm>

#include "adapters/smtp/mime/ascii.hpp"
#include "adapters/smtp/mime/encoded_word.hpp"
#include "adapters/smtp/mime/message_ids.hpp"

namespace millrace::smtp::mime {
namespace {

constexpr std::string_view kPrefix = "content-";

constexpr std::string_view kSpecials = "()<>@,;:\\\"/[]?=";  // RFC 2045 §5.1

bool is_token(std::string_view text) {
    const auto is_other = [](char c) { return c <= ' ' || c == '\x7F' || kSpecials.find(c) != std::string_view::npos; };
    return !text.empty() && std::none_of(text.begin(), text.end(), is_other);
}

constexpr std::size_t kTypeBytesMax = 255;  // RFC 6838 §4.2

bool is_media_type(std::string_view text) {
    if (text.size() > kTypeBytesMax) return false;
    const std::size_t slash = text.find('/');
    return slash != std::string_view::npos && is_token(text.substr(0, slash)) && is_token(text.substr(slash + 1));
}

}  // namespace

void PartHeader::take(const Field& field) {
    if (!begins_with(field.name, kPrefix)) return;
    const std::string_view name = field.name.substr(kPrefix.size());
    if (equals(name, "type")) {
        if (is_first(type, field)) take_type(field);
    } else if (equals(name, "transfer-encoding")) {
        if (is_first(encoding, field)) take_encoding(field);
    } else if (equals(name, "disposition")) {
        if (is_first(disposition, field)) take_disposition(field);
    } else if (equals(name, "id")) {
        if (!is_first(id, field)) return;
        MessageIds ids = parse_message_ids(field.value.substr(0, limits_.part_field_bytes), 1);
        if (!ids.ids.empty()) part_.content_id = std::move(ids.ids.front());
    } else if (equals(name, "location")) {
        if (is_first(location, field)) part_.location = text(field);
    } else if (equals(name, "description")) {
        if (is_first(description, field)) part_.description = text(field);
    }
}

bool PartHeader::is_first(Seen what, const Field& field) {
    const bool is_first = (seen_ & what) == 0;
    if (!is_first) defects_.add(Fault::repeated_header, number_, field.offset);
    seen_ |= what;
    return is_first;
}

ContentField PartHeader::parse(const Field& field) {
    const std::string_view value = field.value.substr(0, limits_.part_field_bytes);
    ContentField content = parse_content_field(value, charsets_, limits_.parameters);
    if (!content.is_sound) defects_.add(Fault::bad_parameter, number_, field.offset);
    if (content.is_cut || value.size() < field.value.size()) defects_.add(Fault::header_limit, number_, field.offset);
    return content;
}

void PartHeader::take_type(const Field& field) {
    ContentField content = parse(field);
    if (is_media_type(content.value)) {
        part_.type = std::move(content.value);
    } else if (content.value == "text") {  // Of mail before MIME, RFC 1049.
        part_.type = "text/plain";
    } else {
        defects_.add(Fault::bad_content_type, number_, field.offset);
        part_.type = "text/plain";
    }
    part_.parameters = std::move(content.parameters);
    if (part_.file_name.empty()) part_.file_name = part_.parameter("name");
}

void PartHeader::take_encoding(const Field& field) {
    const std::string name = lower(text(field));
    const std::string_view token = std::string_view(name).substr(0, name.find_first_of(" ;("));
    if (token == "base64") {
        part_.encoding = Encoding::base64;
    } else if (token == "quoted-printable") {
        part_.encoding = Encoding::quoted_printable;
    } else if (token != "7bit" && token != "8bit" && token != "binary") {
        defects_.add(Fault::unknown_encoding, number_, field.offset);
    }
}

void PartHeader::take_disposition(const Field& field) {
    ContentField content = parse(field);
    if (content.value == "inline") {
        part_.disposition = Disposition::inline_;
    } else if (!content.value.empty()) {
        part_.disposition = Disposition::attachment;
    }
    if (const std::string_view name = content.find("filename"); !name.empty()) part_.file_name = name;
}

std::string PartHeader::text(const Field& field) {
    std::string out;
    TextFaults faults;
    const std::string_view value = field.value.substr(0, limits_.part_field_bytes);
    append_text(out, value, charsets_, faults);
    if (value.size() < field.value.size()) defects_.add(Fault::header_limit, number_, field.offset);
    if (faults.is_not_utf8) defects_.add(Fault::header_8bit, number_, field.offset);
    if (faults.has_bad_word) defects_.add(Fault::bad_encoded_word, number_, field.offset);
    if (faults.has_unknown_charset) defects_.add(Fault::unknown_charset, number_, field.offset);
    return out;
}

}  // namespace millrace::smtp::mime
