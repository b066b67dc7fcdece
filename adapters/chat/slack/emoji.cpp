#include "adapters/chat/slack/emoji.hpp"

namespace millrace::chat::slack {
namespace {

struct Row {
    std::string_view name;
    std::string_view emoji;
};

// Of several names of one emoji the first is what Slack calls it.
constexpr Row kRows[] = {
    {"+1", "👍"},
    {"thumbsup", "👍"},
    {"-1", "👎"},
    {"thumbsdown", "👎"},
    {"heart", "❤"},
    {"tada", "🎉"},
    {"eyes", "👀"},
    {"rocket", "🚀"},
    {"white_check_mark", "✅"},
    {"heavy_check_mark", "✔"},
    {"x", "❌"},
    {"fire", "🔥"},
    {"joy", "😂"},
    {"smile", "😄"},
    {"grinning", "😀"},
    {"slightly_smiling_face", "🙂"},
    {"wink", "😉"},
    {"blush", "😊"},
    {"heart_eyes", "😍"},
    {"sob", "😭"},
    {"cry", "😢"},
    {"disappointed", "😞"},
    {"thinking_face", "🤔"},
    {"open_mouth", "😮"},
    {"scream", "😱"},
    {"rage", "😡"},
    {"sweat_smile", "😅"},
    {"sunglasses", "😎"},
    {"neutral_face", "😐"},
    {"clap", "👏"},
    {"wave", "👋"},
    {"pray", "🙏"},
    {"muscle", "💪"},
    {"ok_hand", "👌"},
    {"raised_hands", "🙌"},
    {"point_up", "☝"},
    {"100", "💯"},
    {"star", "⭐"},
    {"sparkles", "✨"},
    {"zap", "⚡"},
    {"bulb", "💡"},
    {"warning", "⚠"},
    {"question", "❓"},
    {"exclamation", "❗"},
    {"hourglass_flowing_sand", "⏳"},
    {"bug", "🐛"},
    {"lock", "🔒"},
    {"memo", "📝"},
    {"bell", "🔔"},
    {"coffee", "☕"},
    {"beers", "🍻"},
    {"broken_heart", "💔"},
    {"poop", "💩"},
    {"hankey", "💩"},
    {"robot_face", "🤖"},
    {"arrow_up", "⬆"},
    {"arrow_down", "⬇"},
};

constexpr std::string_view kVariation = "\xEF\xB8\x8F";  // U+FE0F: to be shown in colour.

}  // namespace

std::string_view emoji_of(std::string_view name) {
    const std::string_view base = name.substr(0, name.find("::"));
    for (const Row& row : kRows) {
        if (row.name == base) return row.emoji;
    }
    return name;
}

std::string_view name_of_emoji(std::string_view emoji) {
    if (emoji.size() > 2 && emoji.starts_with(':') && emoji.ends_with(':')) return emoji.substr(1, emoji.size() - 2);
    if (emoji.ends_with(kVariation)) emoji.remove_suffix(kVariation.size());
    for (const Row& row : kRows) {
        if (row.emoji == emoji) return row.name;
    }
    return emoji;
}

}  // namespace millrace::chat::slack
