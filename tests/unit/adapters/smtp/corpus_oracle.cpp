#include "tests/unit/adapters/smtp/corpus_oracle.hpp"

#include <algorithm>

#include "adapters/smtp/mime/addresses.hpp"
#include "adapters/smtp/mime/ascii.hpp"
#include "adapters/smtp/mime/content_field.hpp"
#include "adapters/smtp/mime/date.hpp"
#include "adapters/smtp/mime/encoded_word.hpp"
#include "adapters/smtp/mime/message_ids.hpp"

namespace millrace::smtp {
namespace {

using Numbers = std::vector<std::uint32_t>;

std::string text_of(const boost::json::value& value) {
    return value.is_null() ? std::string() : boost::json::value_to<std::string>(value);
}

std::string list(const Numbers& numbers) {
    std::string text;
    for (const std::uint32_t number : numbers) text += std::to_string(number) + ' ';
    return text;
}

Numbers numbers_of(const boost::json::value& value) { return boost::json::value_to<Numbers>(value); }

std::string cut(std::string_view text) {
    return text.size() <= 120 ? std::string(text) : std::string(text.substr(0, 120)) + "..";
}

}  // namespace

CorpusOracle::CorpusOracle(std::string_view raw, std::string_view json)
    : raw_(raw), oracle_(boost::json::parse({json.data(), json.size()})) {
    mime::parse_structure(raw_, {limits_, charsets_, defects_}, structure_);
}

std::vector<std::string> CorpusOracle::differences() {
    compare_message(oracle_, 0, "");
    return differences_;
}

void CorpusOracle::expect(bool is_same, const std::string& where, const std::string& ours, const std::string& theirs) {
    if (!is_same) differences_.push_back(where + ": here \"" + cut(ours) + "\", there \"" + cut(theirs) + '"');
}

// The message and what is in it, but not in a message that is a part of it.
Numbers CorpusOracle::parts_of(std::uint32_t root) const {
    Numbers numbers{root};
    for (std::uint32_t i = root + 1; i < structure_.parts.size(); ++i) {
        const mime::Part& part = structure_.parts[i];
        const bool is_ours = std::find(numbers.begin(), numbers.end(), part.parent) != numbers.end();
        if (is_ours && structure_.parts[part.parent].kind == mime::Part::Kind::multipart) numbers.push_back(i);
    }
    return numbers;
}

std::uint32_t CorpusOracle::message_in(std::uint32_t number) const {
    const auto& parts = structure_.parts;
    const auto is_in = [&](const mime::Part& part) { return part.parent == number; };
    return static_cast<std::uint32_t>(std::find_if(parts.begin() + 1, parts.end(), is_in) - parts.begin());
}

void CorpusOracle::compare_message(const Json& message, std::uint32_t root, const std::string& where) {
    const Numbers numbers = parts_of(root);
    const auto& expected = message.at("parts").as_array();
    expect(numbers.size() == expected.size(), where + "parts", std::to_string(numbers.size()),
           std::to_string(expected.size()));
    for (std::size_t i = 0; i < std::min(numbers.size(), expected.size()); ++i) {
        compare_part(expected[i], numbers[i], where + std::to_string(i) + "/");
    }
    if (numbers.size() == expected.size()) compare_lists(message, numbers, root, where);
}

void CorpusOracle::compare_lists(const Json& message, const Numbers& numbers, std::uint32_t root,
                                 const std::string& where) {
    std::vector<mime::Part> parts;
    for (const std::uint32_t number : numbers) {
        mime::Part part = structure_.parts[number];
        const auto parent = std::find(numbers.begin(), numbers.end(), part.parent);
        part.parent = number == root ? 0 : static_cast<std::uint32_t>(parent - numbers.begin());
        parts.push_back(std::move(part));
    }
    const mime::BodySelection bodies = mime::select_bodies(parts);
    const Numbers text = numbers_of(message.at("text_body"));
    const Numbers html = numbers_of(message.at("html_body"));
    Numbers attachments;
    for (const std::uint32_t number : numbers_of(message.at("attachments"))) {
        const auto is_in = [number](const Numbers& body) {
            return std::find(body.begin(), body.end(), number) != body.end();
        };
        if (!is_in(text) || !is_in(html)) attachments.push_back(number);
    }
    expect(bodies.text == text, where + "text", list(bodies.text), list(text));
    expect(bodies.html == html, where + "html", list(bodies.html), list(html));
    expect(bodies.attachments == attachments, where + "attachments", list(bodies.attachments), list(attachments));
}

void CorpusOracle::compare_part(const Json& expected, std::uint32_t number, const std::string& where) {
    const mime::Part& part = structure_.parts[number];
    const std::vector<mime::Field> fields = fields_of(part);
    const auto& headers = expected.at("headers").as_array();
    expect(fields.size() == headers.size(), where + "fields", std::to_string(fields.size()),
           std::to_string(headers.size()));
    for (std::size_t i = 0; i < std::min(fields.size(), headers.size()); ++i) {
        compare_header(headers[i], fields[i], where + std::string(fields[i].name));
    }
    const auto& body = *expected.at("body").as_object().begin();
    const std::string_view kind = body.key();
    const bool is_multipart = part.kind == mime::Part::Kind::multipart;
    const bool is_message = part.kind == mime::Part::Kind::message;
    const std::string ours = is_multipart ? "Multipart" : is_message ? "Message" : "a leaf";
    expect(is_multipart == (kind == "Multipart") && is_message == (kind == "Message"), where + "kind", ours,
           std::string(kind));
    if (kind == "Message" && is_message) return compare_message(body.value(), message_in(number), where);
    if (is_multipart || is_message || kind == "Multipart" || kind == "Message") return;
    std::string content = content_of(part);
    std::string theirs;
    if (body.value().is_array()) {
        for (const auto& octet : body.value().as_array()) theirs += static_cast<char>(octet.as_int64());
    } else {
        theirs = text_of(body.value());
        std::string text;
        charsets_.append(text, part.parameter("charset"), content);
        content = text;
    }
    expect(content == theirs, where + "content", content, theirs);
}

std::vector<mime::Field> CorpusOracle::fields_of(const mime::Part& part) {
    const mime::Boundaries none;
    const std::string_view header = part.source.substr(0, part.header_begin + part.header_size);
    mime::HeaderReader reader(header, part.header_begin, none, 0, defects_);
    std::vector<mime::Field> fields;
    mime::Field field;
    while (reader.next(field)) fields.push_back(field);
    return fields;
}

std::string CorpusOracle::content_of(const mime::Part& part) {
    return mime::read_content(part.encoding, part.content(), raw_.size()).bytes;
}

void CorpusOracle::compare_header(const Json& expected, const mime::Field& field, const std::string& where) {
    std::string name;
    if (expected.at("name").is_string()) {
        name = text_of(expected.at("name"));
        std::replace(name.begin(), name.end(), '_', '-');
    } else {
        name = text_of(expected.at("name").at("other"));
    }
    expect(mime::equals(name, field.name), where, std::string(field.name), name);
    if (expected.at("value").is_string() || expected.at("value").as_object().contains("Received")) return;
    const auto& value = *expected.at("value").as_object().begin();
    if (value.key() == "Address") return compare_addresses(value.value(), field, where);
    if (value.key() == "DateTime") return compare_date(value.value(), field, where);
    if (value.key() == "ContentType") return compare_content_field(value.value(), field, where);
    const std::string theirs = text_of(value.value());
    std::string ours;
    mime::TextFaults faults;
    if (mime::equals(name, "message-id") || mime::equals(name, "content-id") || mime::equals(name, "return-path")) {
        const mime::MessageIds ids = mime::parse_message_ids(field.value, 1);
        ours = ids.ids.empty() ? std::string() : ids.ids.front();
    } else {
        mime::append_text(ours, field.value, charsets_, faults);
    }
    expect(ours == theirs, where, ours, theirs);
}

void CorpusOracle::compare_addresses(const Json& expected, const mime::Field& field, const std::string& where) {
    std::vector<mime::Address> theirs;
    const auto add = [&](const Json& addresses, const std::string& group) {
        for (const auto& entry : addresses.as_array()) {
            theirs.push_back({text_of(entry.at("name")), text_of(entry.at("address")), group});
        }
        if (addresses.as_array().empty()) theirs.push_back({{}, {}, group});
    };
    if (expected.as_object().contains("List")) {
        add(expected.at("List"), {});
    } else {
        for (const auto& group : expected.at("Group").as_array()) add(group.at("addresses"), text_of(group.at("name")));
    }
    const mime::AddressList ours = mime::parse_addresses(field.value, charsets_, limits_.entries);
    const auto in_one = [](const std::vector<mime::Address>& addresses) {
        std::string text;
        for (const mime::Address& address : addresses) {
            text += address.group + ':' + address.name + '<' + address.address + ">, ";
        }
        return text;
    };
    expect(in_one(ours.addresses) == in_one(theirs), where, in_one(ours.addresses), in_one(theirs));
}

void CorpusOracle::compare_date(const Json& expected, const mime::Field& field, const std::string& where) {
    const auto number = [&](const char* name) { return expected.at(name).as_int64(); };
    const std::int64_t zone_min =
        (number("tz_hour") * 60 + number("tz_minute")) * (expected.at("tz_before_gmt").as_bool() ? -1 : 1);
    char text[64];
    std::snprintf(text, sizeof(text), "%d %s %d %02d:%02d:%02d +0000", static_cast<int>(number("day")),
                  std::array{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
                             "Dec"}[static_cast<std::size_t>(number("month") - 1) % 12],
                  static_cast<int>(number("year")), static_cast<int>(number("hour")),
                  static_cast<int>(number("minute")), static_cast<int>(number("second")));
    const auto theirs = mime::parse_date(text);
    const auto ours = mime::parse_date(field.value);
    const bool is_same =
        ours && theirs && ours->seconds == theirs->seconds - zone_min * 60 && ours->zone_min == zone_min;
    expect(is_same, where, ours ? std::to_string(ours->seconds) : "none", text);
}

void CorpusOracle::compare_content_field(const Json& expected, const mime::Field& field, const std::string& where) {
    std::string theirs = text_of(expected.at("c_type"));
    if (!expected.at("c_subtype").is_null()) theirs += '/' + text_of(expected.at("c_subtype"));
    if (!expected.at("attributes").is_null()) {
        for (const auto& attribute : expected.at("attributes").as_array()) {
            theirs += ';' + text_of(attribute.at("name")) + '=' + text_of(attribute.at("value"));
        }
    }
    const mime::ContentField content = mime::parse_content_field(field.value, charsets_, limits_.parameters);
    std::string ours = content.value;
    for (const mime::Parameter& parameter : content.parameters) ours += ';' + parameter.name + '=' + parameter.value;
    expect(ours == theirs, where, ours, theirs);
}

}  // namespace millrace::smtp
