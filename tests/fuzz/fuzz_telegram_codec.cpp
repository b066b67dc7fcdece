// Any bytes as what the Bot API's server says: an answer, a list of updates, a webhook. Nothing of it is beyond the
// limits, what is made of it is UTF-8, and its spans fit their text, there and back.
#include <boost/json.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/chat/common/normal_form.hpp"
#include "adapters/chat/telegram/calls.hpp"
#include "adapters/chat/telegram/codec.hpp"
#include "adapters/chat/telegram/normalise.hpp"
#include "adapters/chat/telegram/pieces.hpp"
#include "adapters/chat/telegram/session.hpp"
#include "adapters/chat/telegram/utf16.hpp"
#include "adapters/common/utf8.hpp"

namespace {

using namespace millrace::chat::telegram;
using millrace::is_utf8;

constexpr Account kMe{"99", "mill_bot"};

void require(bool holds) {
    if (!holds) std::abort();
}

void check_spans(const Spans& spans, std::string_view text) {
    require(spans.size() <= kSpansMax);
    std::uint32_t before = 0;
    for (const millrace::v1::Chat::Span& span : spans) {
        require(span.size() > 0 && std::size_t{span.begin()} + span.size() <= text.size());
        require(is_utf8(text.substr(span.begin(), span.size())));
        require(span.begin() >= before);
        before = span.begin();
    }
    std::size_t end = 0;
    for (const Piece& piece : pieces_of(text, spans, 16)) {
        require(piece.begin >= end && piece.size > 0);
        end = piece.begin + piece.size;
        const std::string_view part = text.substr(piece.begin, piece.size);
        require(is_utf8(part) && utf16_units(part) <= 16);
        for (const auto& entity : write_entities(spans, text, piece.begin, piece.size)) {
            const auto& object = entity.as_object();
            const auto begin = object.at("offset").to_number<std::size_t>();
            const auto length = object.at("length").to_number<std::size_t>();
            require(length > 0 && begin + length <= utf16_units(part));
        }
    }
}

void check(const Update& update) {
    require(update.id >= 0);
    const Normalised all = normalise(update, kMe);
    require(all.is_readable || all.events.empty());
    std::string key;
    for (const Event& event : all.events) {
        require(event.key != key && !event.key.empty() && !event.place.chat.empty());
        key = event.key;
        require(is_utf8(event.text));
        require(!event.body.author().id().empty() && !millrace::chat::event_name(event.body).empty());
        const std::optional<Place> place = Place::parse(event.place.id());
        require(place && place->id() == event.place.id());
        require(!scope_fields(event.conversation, "n", "a", {}).empty());
        millrace::v1::Chat again;
        require(again.ParseFromString(event.body.SerializeAsString()));
        if (event.body.has_message()) check_spans(event.body.message().spans(), event.text);
        if (event.body.has_edit()) check_spans(event.body.edit().message().spans(), event.text);
    }
}

void poll(std::string_view body) {
    std::optional<ApiAnswer> answer = decode_answer(body);
    Reply reply{.reach = answer ? Reply::Reach::answered : Reply::Reach::unknown};
    if (answer) reply.answer = std::move(*answer);
    Session session({}, 1);
    require(session.ask(0).has_value());
    require(session.take(reply, 0).empty());
    if (session.is_stopped()) return;
    if (!session.is_ready()) {
        Reply greeting{.reach = Reply::Reach::answered};
        greeting.answer.is_ok = true;
        greeting.answer.result = {{"id", 99}};
        require(session.ask(INT32_MAX).has_value());
        session.take(greeting, INT32_MAX);
    }
    require(session.ask(INT64_C(1) << 40).has_value());
    const std::vector<Update> updates = session.take(reply, INT64_C(1) << 40);
    require(updates.size() == session.open() && updates.size() <= Session::kOpenMax);
    for (const Update& update : updates) check(update);
    for (const Update& update : updates) session.ended(update.id, INT64_C(1) << 40);
    require(session.open() == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view body(reinterpret_cast<const char*>(bytes), size);
    poll(body);
    boost::json::value owner;
    if (const std::optional<Update> update = decode_update(body, owner)) check(*update);
    return 0;
}
