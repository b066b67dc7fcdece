#include "adapters/chat/telegram/entities.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "adapters/chat/telegram/utf16.hpp"

namespace millrace::chat::telegram {
namespace {

namespace json = boost::json;
using Span = v1::Chat::Span;

struct Name {
    std::string_view type;
    Span::Kind kind;
};
constexpr Name kNames[] = {
    // Where several are of a kind, the first is what is sent.
    {"bold", Span::BOLD},
    {"italic", Span::ITALIC},
    {"underline", Span::UNDERLINE},
    {"strikethrough", Span::STRIKE},
    {"spoiler", Span::SPOILER},
    {"code", Span::CODE},
    {"pre", Span::CODE},
    {"blockquote", Span::QUOTE},
    {"expandable_blockquote", Span::QUOTE},
    {"text_link", Span::LINK},
    {"url", Span::LINK},
    {"email", Span::LINK},
    {"phone_number", Span::LINK},
    {"text_mention", Span::MENTION},
    {"mention", Span::MENTION},
    {"custom_emoji", Span::EMOJI},
};

bool is_same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string target_of(std::string_view type, JsonView entity, std::string_view marked, const Account& me) {
    if (type == "text_link") return std::string(entity["url"].text());
    if (type == "email") return "mailto:" + std::string(marked);
    if (type == "phone_number") return "tel:" + std::string(marked);
    if (type == "text_mention") return entity["user"]["id"].scalar();
    if (type == "custom_emoji") return entity["custom_emoji_id"].scalar();
    if (type == "pre") return std::string(entity["language"].text());
    const bool is_me = type == "mention" && !me.username.empty() && is_same_name(marked.substr(1), me.username);
    return is_me ? std::string(me.id) : "";
}

bool is_number(std::string_view text) {
    return !text.empty() && text.size() < 19 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Absent: there is nothing to mark.
std::optional<json::object> entity_of(const Span& span, std::string_view marked) {
    json::object entity;
    const std::string& target = span.target();
    switch (span.kind()) {
        case Span::LINK:
            if (target.empty() || target == marked) return std::nullopt;  // The server finds it by itself.
            entity["type"] = "text_link";
            entity["url"] = target;
            return entity;
        case Span::MENTION:
            if (!is_number(target)) return std::nullopt;
            entity["type"] = "text_mention";
            entity["user"] = {{"id", std::stoll(target)}, {"is_bot", false}, {"first_name", ""}};
            return entity;
        case Span::EMOJI:
            if (!is_number(target)) return std::nullopt;
            entity["type"] = "custom_emoji";
            entity["custom_emoji_id"] = target;
            return entity;
        case Span::CODE:
            entity["type"] = target.empty() && marked.find('\n') == marked.npos ? "code" : "pre";
            if (!target.empty()) entity["language"] = target;
            return entity;
        default:
            break;
    }
    const auto* const name = std::ranges::find(kNames, span.kind(), &Name::kind);
    if (name == std::end(kNames)) return std::nullopt;
    entity["type"] = json::string_view(name->type.data(), name->type.size());
    return entity;
}

}  // namespace

void read_entities(JsonView entities, std::string_view text, const Account& me, Spans& spans) {
    struct Marked {
        JsonView entity;
        const Name* name;
        std::int64_t begin, end;
    };
    std::vector<Marked> all;
    Utf16Places places;
    for (std::size_t i = 0; i < entities.size() && all.size() < std::size_t{kSpansMax}; ++i) {
        const JsonView entity = entities[i];
        const auto* const name = std::ranges::find(kNames, entity["type"].text(), &Name::type);
        const std::int64_t begin = entity["offset"].integer().value_or(-1);
        const std::int64_t length = entity["length"].integer().value_or(0);
        if (name == std::end(kNames) || begin < 0 || length <= 0 || length > INT32_MAX || begin > INT32_MAX) continue;
        all.push_back({entity, name, begin, begin + length});
        places.want(begin);
        places.want(begin + length);
    }
    places.walk(text);
    std::ranges::stable_sort(all, {}, &Marked::begin);
    for (const Marked& it : all) {
        const std::optional<std::size_t> begin = places.bytes(it.begin);
        const std::optional<std::size_t> end = places.bytes(it.end);
        if (!begin || !end) continue;
        Span& span = *spans.Add();
        span.set_kind(it.name->kind);
        span.set_begin(static_cast<std::uint32_t>(*begin));
        span.set_size(static_cast<std::uint32_t>(*end - *begin));
        span.set_target(target_of(it.name->type, it.entity, text.substr(*begin, *end - *begin), me));
    }
}

json::array write_entities(const Spans& spans, std::string_view text, std::size_t begin, std::size_t size) {
    json::array entities;
    for (const Span& span : spans) {
        const std::size_t span_end = std::size_t{span.begin()} + span.size();
        if (entities.size() == std::size_t{kSpansMax}) break;
        if (!is_border(text, span.begin()) || !is_border(text, span_end)) continue;
        const std::size_t from = std::max<std::size_t>(span.begin(), begin);
        const std::size_t to = std::min(span_end, begin + size);
        if (from >= to) continue;
        const std::string_view marked = text.substr(from, to - from);
        std::optional<json::object> entity = entity_of(span, marked);
        if (!entity) continue;
        (*entity)["offset"] = utf16_units(text.substr(begin, from - begin));
        (*entity)["length"] = utf16_units(marked);
        entities.push_back(std::move(*entity));
    }
    return entities;
}

}  // namespace millrace::chat::telegram
