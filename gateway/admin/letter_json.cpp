#include "gateway/admin/letter_json.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "gateway/base/utf8.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/message_json.hpp"
#include "gateway/core/moment.hpp"

namespace millrace::admin {
namespace {

namespace json = boost::json;

json::object to_json(const spool::Attempt& attempt) {
    return {{"attempt", attempt.number},
            {"at", write_moment(attempt.at_us)},
            {"code", attempt.code},
            {"text", to_utf8(attempt.text)}};
}

Result<std::string> message_of(const spool::DeadLetter& letter) {
    millrace_event event{};
    event.scope = to_bytes(letter.prefix);
    event.event = to_bytes(letter.message.fields);
    event.payload = to_bytes(letter.message.payload);
    return message_to_json(event);
}

}  // namespace

json::object to_json(const spool::DeadLetter& letter) {
    return {{"id", letter.id},
            {"died_at", write_moment(letter.at_us)},
            {"reason", letter.why.reason},
            {"code", letter.why.code},
            {"text", to_utf8(letter.why.text)},
            {"route", letter.route},
            {"consumer", letter.consumer},
            {"scope", to_utf8(letter.scope)},
            {"attempts", letter.attempts},
            {"bytes", letter.bytes}};
}

std::string to_damaged_json(const spool::DeadLetter& letter) {
    json::object about = to_json(letter);
    about["unreadable"] = "it is damaged, and was put aside";
    return json::serialize(json::object{{"consumer", letter.consumer}, {"dead_letter", std::move(about)}});
}

std::string to_whole_json(const spool::DeadLetter& letter) {
    json::object about = to_json(letter);
    about["version"] = letter.why.version;
    about["hash"] = letter.why.hash;
    about["external_id"] = to_utf8(letter.message.external_id);
    json::array& history = about["history"].emplace_array();
    for (const spool::Attempt& attempt : letter.history) history.push_back(to_json(attempt));
    const Result<std::string> message = message_of(letter);
    if (!message) about["unreadable"] = message.error().text;
    const std::string fields = message ? message->substr(1) : "}";
    return fmt::format("{{\"consumer\":{},\"dead_letter\":{}{}{}", json::serialize(json::string(letter.consumer)),
                       json::serialize(about), fields == "}" ? "" : ",", fields);
}

}  // namespace millrace::admin
