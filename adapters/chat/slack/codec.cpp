#include "adapters/chat/slack/codec.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cstddef>
#include <utility>

#include "adapters/common/form.hpp"
#include "adapters/common/header_list.hpp"
#include "adapters/common/json.hpp"
#include "adapters/common/utf8.hpp"

namespace millrace::chat::slack {
namespace {

namespace json = boost::json;

// A text of 40,000 characters stands three times in an edit, and again in the blocks of each.
constexpr JsonLimits kLimits{.depth = 32, .elements = 65'536};
constexpr std::size_t kFieldsMax = 100;

enum class Content { json, form, other };

Content content_of(std::string_view type) {
    std::string name(split_list(type, ';').front());
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    if (name == "application/json") return Content::json;
    return name == "application/x-www-form-urlencoded" ? Content::form : Content::other;
}

Delivery::Kind kind_of(std::string_view type) {
    if (type == "event_callback") return Delivery::Kind::event;
    if (type == "url_verification") return Delivery::Kind::challenge;
    if (type == "app_rate_limited") return Delivery::Kind::limited;
    return Delivery::Kind::other;
}

std::optional<Delivery> decode_form(std::string_view body) {
    const std::optional<FormFields> form = parse_form(body, kFieldsMax);
    if (!form) return std::nullopt;
    if (has_field(*form, "payload")) {
        std::optional<json::value> payload = parse_json(value_of(*form, "payload"), kLimits);
        if (!payload || !payload->is_object()) return std::nullopt;
        return Delivery{Delivery::Kind::interaction, std::move(*payload)};
    }
    if (!has_field(*form, "command")) return std::nullopt;
    json::object fields;
    for (const FormField& field : *form) {
        if (!is_utf8(field.name) || !is_utf8(field.value)) return std::nullopt;
        fields[field.name] = field.value;
    }
    return Delivery{Delivery::Kind::command, std::move(fields)};
}

Delivery::Kind kind_of_envelope(std::string_view type) {
    if (type == "events_api") return Delivery::Kind::event;
    if (type == "slash_commands") return Delivery::Kind::command;
    return type == "interactive" ? Delivery::Kind::interaction : Delivery::Kind::other;
}

}  // namespace

std::optional<Delivery> decode_request(std::string_view content_type, std::string_view body) {
    const Content content = content_of(content_type);
    if (content == Content::form) return decode_form(body);
    if (content != Content::json) return std::nullopt;
    std::optional<json::value> value = parse_json(body, kLimits);
    if (!value || !value->is_object()) return std::nullopt;
    const Delivery::Kind kind = kind_of(JsonView(*value)["type"].text());
    return Delivery{kind, std::move(*value)};
}

bool is_ssl_check(std::string_view content_type, std::string_view body) {
    if (content_of(content_type) != Content::form) return false;
    const std::optional<FormFields> form = parse_form(body, kFieldsMax);
    return form && value_of(*form, "ssl_check") == "1";
}

std::optional<Frame> decode_frame(std::string_view text) {
    std::optional<json::value> value = parse_json(text, kLimits);
    if (!value || !value->is_object()) return std::nullopt;
    const JsonView view(*value);
    const std::string_view type = view["type"].text();
    Frame frame;
    frame.envelope_id = view["envelope_id"].text();
    if (type == "hello") {
        frame.kind = Frame::Kind::hello;
    } else if (type == "disconnect") {
        frame.kind = Frame::Kind::disconnect;
        frame.reason = view["reason"].text();
    } else if (!frame.envelope_id.empty()) {
        frame.kind = Frame::Kind::delivery;
        frame.attempt = static_cast<int>(std::clamp<std::int64_t>(view["retry_attempt"].integer().value_or(0), 0, 99));
        frame.delivery.kind = kind_of_envelope(type);
        json::object& object = value->get_object();
        if (const auto payload = object.find("payload"); payload != object.end())
            frame.delivery.body = std::move(payload->value());
    }
    return frame;
}

std::string acknowledgement(std::string_view envelope_id) {
    return json::serialize(json::object{{"envelope_id", envelope_id}});
}

}  // namespace millrace::chat::slack
