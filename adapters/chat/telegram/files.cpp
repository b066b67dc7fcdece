#include "adapters/chat/telegram/files.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace millrace::chat::telegram {
namespace {

struct Kind {
    std::string_view member;
    std::string_view mime_type;  // Where the file does not tell.
};
constexpr Kind kKinds[] = {
    {"animation", "video/mp4"}, {"audio", "audio/mpeg"},     {"document", ""}, {"sticker", ""}, {"video", "video/mp4"},
    {"voice", "audio/ogg"},     {"video_note", "video/mp4"},
};

void add_file(JsonView file, std::string_view mime_type, v1::Chat::Message& into) {
    const std::string_view id = file["file_id"].text();
    if (id.empty()) return;
    v1::Chat::File& it = *into.add_files();
    it.set_id(std::string(id));
    it.set_name(std::string(file["file_name"].text()));
    const std::string_view told = file["mime_type"].text();
    it.set_mime_type(std::string(told.empty() ? mime_type : told));
    const std::int64_t size = file["file_size"].integer().value_or(0);
    it.set_size(size > 0 ? static_cast<std::uint64_t>(size) : 0);
    it.set_needs_auth(true);
}

std::string_view mime_type_of_sticker(JsonView sticker) {
    if (sticker["is_animated"].scalar() == "true") return "application/x-tgsticker";
    return sticker["is_video"].scalar() == "true" ? "video/webm" : "image/webp";
}

}  // namespace

void read_files(JsonView message, v1::Chat::Message& into) {
    const bool has_animation = message["animation"].is_object();
    for (const Kind& kind : kKinds) {
        const JsonView file = message[kind.member];
        if (!file.is_object() || (has_animation && kind.member == "document")) continue;
        add_file(file, kind.member == "sticker" ? mime_type_of_sticker(file) : kind.mime_type, into);
    }
    const JsonView sizes = message["photo"];
    JsonView largest = sizes[0];
    const auto pixels = [](JsonView length) {
        return std::clamp<std::int64_t>(length.integer().value_or(0), 0, 1 << 20);
    };
    const auto area = [&](JsonView size) { return pixels(size["width"]) * pixels(size["height"]); };
    for (std::size_t i = 1; i < sizes.size(); ++i) {
        if (area(sizes[i]) >= area(largest)) largest = sizes[i];
    }
    add_file(largest, "image/jpeg", into);
}

}  // namespace millrace::chat::telegram
