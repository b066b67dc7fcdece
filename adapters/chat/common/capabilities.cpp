#include "adapters/chat/common/capabilities.hpp"

#include <cstdint>
#include <string_view>

namespace millrace::chat {
namespace {

std::string_view to_string(Reach reach) { return reach == Reach::none ? "none" : reach == Reach::own ? "own" : "any"; }

std::string_view to_string(Files files) {
    return files == Files::none ? "none" : files == Files::link ? "link" : "upload";
}

std::string_view to_string(TextUnit unit) {
    return unit == TextUnit::bytes ? "bytes" : unit == TextUnit::characters ? "characters" : "utf16_units";
}

void add(std::string& json, std::string_view name, std::string_view value) {
    ((((json += json.empty() ? "{\"" : ",\"") += name) += "\":\"") += value) += '"';
}

void add(std::string& json, std::string_view name, bool value) {
    (((json += ",\"") += name) += "\":") += value ? "true" : "false";
}

}  // namespace

std::string to_json(const Capabilities& it) {
    std::string json;
    add(json, "edit", to_string(it.edit));
    add(json, "delete", to_string(it.erase));
    add(json, "react", it.reacts);
    add(json, "reply", it.replies);
    add(json, "thread", it.threads);
    add(json, "topic", it.sets_topic);
    add(json, "names", it.shows_names);
    add(json, "formatting", it.formats);
    add(json, "files", to_string(it.files));
    json += ",\"text_max\":" + std::to_string(it.text_max);
    add(json, "text_unit", to_string(it.text_unit));
    add(json, "message_ids", it.has_message_ids);
    add(json, "fills_gaps", it.fills_gaps);
    add(json, "confirms", it.confirms);
    return json += '}';
}

void publish(const Capabilities& it, const std::function<void(std::string_view, double)>& gauge) {
    v1::Chat::Capabilities message;
    set(message, it);
    gauge("can_edit", message.edit());
    gauge("can_delete", message.delete_());
    gauge("can_react", message.react());
    gauge("can_reply", message.reply());
    gauge("can_thread", message.thread());
    gauge("can_set_topic", message.topic());
    gauge("can_show_names", message.names());
    gauge("can_format", message.formatting());
    gauge("can_send_files", message.files());
    gauge("text_max", message.text_max());
    gauge("text_unit", message.text_unit());
    gauge("has_message_ids", message.message_ids());
    gauge("fills_gaps", message.fills_gaps());
    gauge("confirms", message.confirms());
}

void set(v1::Chat::Capabilities& message, const Capabilities& it) {
    using Message = v1::Chat::Capabilities;
    const auto reach = [](Reach of) {
        return of == Reach::any ? Message::ANY : of == Reach::own ? Message::OWN : Message::NONE;
    };
    message.set_edit(reach(it.edit));
    message.set_delete_(reach(it.erase));
    message.set_react(it.reacts);
    message.set_reply(it.replies);
    message.set_thread(it.threads);
    message.set_topic(it.sets_topic);
    message.set_names(it.shows_names);
    message.set_formatting(it.formats);
    message.set_files(it.files == Files::upload ? Message::UPLOAD
                      : it.files == Files::link ? Message::LINK
                                                : Message::NO_FILES);
    message.set_text_max(static_cast<std::uint32_t>(it.text_max));
    message.set_text_unit(it.text_max == 0                       ? Message::UNIT_UNSPECIFIED
                          : it.text_unit == TextUnit::bytes      ? Message::BYTES
                          : it.text_unit == TextUnit::characters ? Message::CHARACTERS
                                                                 : Message::UTF16_UNITS);
    message.set_message_ids(it.has_message_ids);
    message.set_fills_gaps(it.fills_gaps);
    message.set_confirms(it.confirms);
}

}  // namespace millrace::chat
