#include "adapters/chat/telegram/calls.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <utility>

#include "adapters/chat/telegram/pieces.hpp"
#include "adapters/chat/telegram/utf16.hpp"

namespace millrace::chat::telegram {
namespace {

namespace json = boost::json;

constexpr std::size_t kTitleMax = 128;
constexpr std::size_t kPiecesMax = 100;  // Of one command.

// Absent: it is none of Telegram's.
std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() && number > 0 ? std::optional(number)
                                                                                  : std::nullopt;
}

json::value chat_of(const Place& place) {
    std::int64_t id = 0;
    const std::string& chat = place.chat;
    const auto [end, error] = std::from_chars(chat.data(), chat.data() + chat.size(), id);
    return error == std::errc() ? json::value(id) : json::value(chat);
}

class Maker {
  public:
    Maker(const Deed& deed, const Spans& spans, const Place& place)
        : deed_(deed), spans_(deed.keeps_spans ? spans : none_), place_(place) {}

    Calls make() {
        switch (deed_.kind) {
            case Deed::Kind::say:
                say();
                break;
            case Deed::Kind::edit:
                edit();
                break;
            case Deed::Kind::erase:
                for (const std::string& id : deed_.message_ids) erase(id);
                break;
            case Deed::Kind::react:
                react();
                break;
            case Deed::Kind::topic:
                title();
                break;
            case Deed::Kind::refuse:
                refuse(deed_.text);
                break;
        }
        if (calls_.calls.empty() && calls_.refusal.empty()) refuse("there is nothing to say");
        if (!calls_.refusal.empty()) calls_.calls.clear();
        return std::move(calls_);
    }

  private:
    void refuse(std::string why) { calls_.refusal = std::move(why); }

    void add(std::string method, json::object parameters, bool is_repeatable) {
        parameters["chat_id"] = chat_of(place_);
        calls_.calls.push_back(make_call(std::move(method), parameters, is_repeatable));
    }

    // In the topic, and as an answer to what it answers.
    json::object beginning() {
        json::object parameters;
        if (place_.topic != 0) parameters["message_thread_id"] = place_.topic;
        const std::optional<std::int64_t> reply_to =
            std::exchange(has_answered_, true) ? std::nullopt : number_of(deed_.reply_to);
        if (reply_to)
            parameters["reply_parameters"] = {{"message_id", *reply_to}, {"allow_sending_without_reply", true}};
        return parameters;
    }

    json::array entities(const Piece& piece) const {
        json::array entities = write_entities(spans_, deed_.text, piece.begin, piece.size);
        if (deed_.said_as == v1::Chat::Message::ACTION) {
            const std::string_view text = std::string_view(deed_.text).substr(piece.begin, piece.size);
            entities.push_back({{"type", "italic"}, {"offset", 0}, {"length", utf16_units(text)}});
        }
        return entities;
    }

    std::string text_of(const Piece& piece) const { return deed_.text.substr(piece.begin, piece.size); }

    bool cut(std::vector<Piece>& pieces) {
        pieces = pieces_of(deed_.text, spans_, kTextUnitsMax);
        if (pieces.size() <= kPiecesMax) return true;
        refuse("it is longer than 100 messages");
        return false;
    }

    void say_piece(const Piece& piece) {
        json::object parameters = beginning();
        parameters["text"] = text_of(piece);
        if (json::array marks = entities(piece); !marks.empty()) parameters["entities"] = std::move(marks);
        add("sendMessage", std::move(parameters), false);
    }

    void say() {
        const bool has_caption = !deed_.uploads.empty() && utf16_units(deed_.text) <= kCaptionUnitsMax;
        std::vector<Piece> pieces;
        if (!cut(pieces)) return;
        if (!has_caption) {
            for (const Piece& piece : pieces) say_piece(piece);
        }
        for (const v1::Chat::File& file : deed_.uploads) {
            const bool is_first = &file == &deed_.uploads.front();
            send_file(file, has_caption && is_first && !pieces.empty() ? pieces.data() : nullptr);
        }
    }

    void send_file(const v1::Chat::File& file, const Piece* caption) {
        const bool is_web = file.url().starts_with("https://") || file.url().starts_with("http://");
        const bool is_url = is_web && !file.needs_auth();
        if (!is_url && file.id().empty())
            return refuse("a file has neither an id of Telegram nor a URL that all may use");
        const std::string& type = file.mime_type();
        const bool is_photo = type == "image/jpeg" || type == "image/png" || type == "image/webp";
        json::object parameters = beginning();
        json::object text = parameters;
        parameters[is_photo ? "photo" : "document"] = is_url ? file.url() : file.id();
        if (caption) {
            text["text"] = parameters["caption"] = text_of(*caption);
            if (json::array marks = entities(*caption); !marks.empty())
                text["entities"] = parameters["caption_entities"] = std::move(marks);
        }
        add(is_photo ? "sendPhoto" : "sendDocument", std::move(parameters), false);
        if (is_url) calls_.calls.back().instead = as_text(std::move(text), file);
    }

    // The server fetches what it is given a URL of, and wants little of it; people can have the rest by themselves.
    std::string as_text(json::object parameters, const v1::Chat::File& file) {
        std::string text = parameters.contains("text") ? json::value_to<std::string>(parameters["text"]) + '\n' : "";
        if (!file.name().empty()) (text += file.name()) += ": ";
        text += file.url();
        if (utf16_units(text) > kTextUnitsMax) return {};
        parameters["text"] = text;
        parameters["chat_id"] = chat_of(place_);
        return json::serialize(parameters);
    }

    // Its first parts are changed, what there is more of it now is said, and what there is less is deleted.
    void edit() {
        std::vector<Piece> pieces;
        if (!cut(pieces)) return;
        has_answered_ = true;
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            if (i >= deed_.message_ids.size()) {
                say_piece(pieces[i]);
                continue;
            }
            const std::optional<std::int64_t> id = number_of(deed_.message_ids[i]);
            if (!id) return refuse("the message is none of Telegram's");
            json::object parameters{{"message_id", *id}, {"text", text_of(pieces[i])}};
            if (json::array marks = entities(pieces[i]); !marks.empty()) parameters["entities"] = std::move(marks);
            add("editMessageText", std::move(parameters), true);
        }
        if (pieces.empty()) return;
        for (std::size_t i = pieces.size(); i < deed_.message_ids.size(); ++i) erase(deed_.message_ids[i]);
    }

    void erase(const std::string& message_id) {
        const std::optional<std::int64_t> id = number_of(message_id);
        if (!id) return refuse("the message is none of Telegram's");
        add("deleteMessage", {{"message_id", *id}}, true);
    }

    void react() {
        const std::optional<std::int64_t> id = number_of(deed_.message_ids.front());
        if (!id) return refuse("the message is none of Telegram's");
        json::array reactions;
        const bool is_custom = number_of(deed_.emoji).has_value();
        if (!deed_.is_removed && is_custom)
            reactions.push_back({{"type", "custom_emoji"}, {"custom_emoji_id", deed_.emoji}});
        else if (!deed_.is_removed)
            reactions.push_back({{"type", "emoji"}, {"emoji", deed_.emoji}});
        add("setMessageReaction", {{"message_id", *id}, {"reaction", std::move(reactions)}}, true);
    }

    void title() {
        if (deed_.text.empty() || text_size(deed_.text, TextUnit::characters) > kTitleMax)
            return refuse("a title has 1 to 128 characters");
        add("setChatTitle", {{"title", deed_.text}}, true);
    }

    const Deed& deed_;
    const Spans none_;
    const Spans& spans_;
    const Place& place_;
    Calls calls_;
    bool has_answered_ = false;
};

}  // namespace

Calls calls_of(const Deed& deed, const Spans& spans, const Place& place) { return Maker(deed, spans, place).make(); }

Call as_caption(const Call& edit) {
    json::object parameters = json::parse(edit.parameters).as_object();
    parameters["caption"] = parameters["text"];
    parameters.erase("text");
    if (parameters.contains("entities")) parameters["caption_entities"] = parameters["entities"];
    parameters.erase("entities");
    return make_call("editMessageCaption", parameters, true);
}

Calls upload(std::string bytes, const std::string& name, const Place& place) {
    if (bytes.empty()) return {.refusal = "there is nothing in the file"};
    json::object parameters{{"chat_id", chat_of(place)}};
    if (place.topic != 0) parameters["message_thread_id"] = place.topic;
    Call call = make_call("sendDocument", parameters);
    call.file_name = name.empty() ? "file" : name;
    call.bytes = std::move(bytes);
    return {.calls = {std::move(call)}};
}

Call answer_to_callback(std::string_view id) {
    return make_call("answerCallbackQuery", {{"callback_query_id", json::string_view(id.data(), id.size())}}, true);
}

}  // namespace millrace::chat::telegram
