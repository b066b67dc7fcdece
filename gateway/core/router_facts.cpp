#include "gateway/core/router_facts.hpp"

#include <algorithm>

namespace millrace {
namespace {

using State = Finding::State;

constexpr std::string_view kHeader = "header.";
constexpr std::string_view kJson = "json.";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_same_header(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

Finding one(std::string_view value) { return {State::present, {value}}; }

Finding kind_of(std::uint32_t kind) {
    switch (kind) {
        case MILLRACE_MESSAGE:
            return one(kRoutedKinds[0]);
        case MILLRACE_RECEIPT:
            return one(kRoutedKinds[1]);
        case MILLRACE_GAP:
            return one(kRoutedKinds[2]);
        default:
            return {};
    }
}

Finding header_of(const MessageView& message, std::string_view name) {
    Finding finding;
    for (const Attribute& header : message.headers) {
        if (is_same_header(header.key, name)) finding.values.push_back(header.value);
    }
    if (!finding.values.empty()) finding.state = State::present;
    return finding;
}

Finding json_of(MessageView& message, std::uint32_t path, const JsonPaths& paths) {
    using JsonState = MessageView::JsonState;
    if (message.json_state == JsonState::unread) {
        message.json_state = message.json.read(message.payload, paths) ? JsonState::read : JsonState::none;
    }
    if (message.json_state == JsonState::none) return {State::no_json, {}};
    const JsonFields::Field& field = message.json.field(path);
    if (field.state == JsonFields::State::scalar) return one(field.text);
    return {field.state == JsonFields::State::absent ? State::absent : State::present, {}};
}

}  // namespace

FactKey FactKey::of(const std::string& key, JsonPaths& paths) {
    if (key == "adapter") return {Source::adapter, {}, 0};
    if (key == "kind") return {Source::kind, {}, 0};
    if (key == "text") return {Source::text, {}, 0};
    if (key.starts_with(kHeader)) return {Source::header, key.substr(kHeader.size()), 0};
    if (key.starts_with(kJson)) return {Source::json, {}, paths.add(std::string_view(key).substr(kJson.size()))};
    return {Source::attribute, key, 0};
}

Finding Facts::find(const FactKey& key) const {
    if (key.source == FactKey::Source::adapter) return one(adapter);
    if (key.source == FactKey::Source::attribute) {
        const bool is_unknown = !knows_attributes || std::ranges::count(unknown, std::string_view(key.name)) != 0;
        if (is_unknown) return {State::unknown, {}};
        auto found = std::ranges::find(attributes, std::string_view(key.name), &Attribute::key);
        return found == attributes.end() ? Finding{} : one(found->value);
    }
    if (!message && key.source == FactKey::Source::kind && kind != 0) return kind_of(kind);
    if (!message) return {State::unknown, {}};
    switch (key.source) {
        case FactKey::Source::kind:
            return kind_of(message->kind);
        case FactKey::Source::text:
            return message->text ? one(*message->text) : Finding{};
        case FactKey::Source::header:
            return header_of(*message, key.name);
        default:
            return json_of(*message, key.path, *paths);
    }
}

}  // namespace millrace
