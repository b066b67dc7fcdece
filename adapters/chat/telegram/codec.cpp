#include "adapters/chat/telegram/codec.hpp"

#include <boost/json/serialize.hpp>

namespace millrace::chat::telegram {
namespace {

// A hundred updates, and what an answer of 4 MiB may hold; commas in texts count too.
constexpr JsonLimits kLimits{.depth = 32, .elements = 2'000'000};

struct Name {
    std::string_view name;
    Update::Kind kind;
};
constexpr Name kNames[] = {
    {"message", Update::Kind::message},
    {"edited_message", Update::Kind::edited_message},
    {"channel_post", Update::Kind::channel_post},
    {"edited_channel_post", Update::Kind::edited_channel_post},
    {"message_reaction", Update::Kind::message_reaction},
    {"callback_query", Update::Kind::callback_query},
    {"my_chat_member", Update::Kind::my_chat_member},
    {"chat_member", Update::Kind::chat_member},
};

}  // namespace

std::optional<ApiAnswer> decode_answer(std::string_view body) {
    std::optional<boost::json::value> value = parse_json(body, kLimits);
    if (!value) return std::nullopt;
    const JsonView said(*value);
    const boost::json::value* const ok = said["ok"].value();
    if (!ok || !ok->is_bool()) return std::nullopt;
    ApiAnswer answer;
    answer.is_ok = ok->get_bool();
    if (answer.is_ok) {
        if (!said["result"].value()) return std::nullopt;
        answer.result = std::move(value->get_object()["result"]);
        return answer;
    }
    answer.error_code = static_cast<int>(said["error_code"].integer().value_or(0));
    answer.description = said["description"].text();
    answer.retry_after_s = said["parameters"]["retry_after"].integer();
    answer.migrate_to_chat_id = said["parameters"]["migrate_to_chat_id"].integer();
    return answer;
}

std::optional<Update> read_update(JsonView update) {
    const boost::json::value* const number = update["update_id"].value();
    if (!number || number->is_string()) return std::nullopt;
    const std::optional<std::int64_t> id = update["update_id"].integer();
    if (!id || *id < 0) return std::nullopt;
    for (const Name& name : kNames) {
        if (const JsonView content = update[name.name]; content.is_object()) return Update{*id, name.kind, content};
    }
    return Update{*id};
}

std::optional<Update> decode_update(std::string_view body, boost::json::value& owner) {
    std::optional<boost::json::value> value = parse_json(body, kLimits);
    if (!value) return std::nullopt;
    owner = std::move(*value);
    return read_update(JsonView(owner));
}

Call make_call(std::string method, const boost::json::object& parameters, bool is_repeatable) {
    return {std::move(method), boost::json::serialize(parameters), is_repeatable};
}

}  // namespace millrace::chat::telegram
