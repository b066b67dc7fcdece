#include "adapters/chat/common/capabilities.hpp"

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

}  // namespace millrace::chat
