#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <millrace/consumer.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t kNameBytesMax = 64;

std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            (result += '\\') += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            std::array<char, 7> escape;
            std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
            result += escape.data();
        } else {
            result += c;
        }
    }
    return result += '"';
}

std::string frame(std::string_view kind, std::string_view name) {
    return R"({"kind":")" + std::string(kind) + R"(","name":)" + quoted(name) + "}";
}

// Up to the separator, which goes too.
std::string_view take(std::string_view& text, char separator) {
    const std::string_view taken = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(taken.size() + 1, text.size()));
    return taken;
}

// A piece of a query without its escapes; one that is broken stands for itself.
std::string unescaped(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            const std::size_t high = kDigits.find(static_cast<char>(text[i + 1] | 0x20));
            const std::size_t low = kDigits.find(static_cast<char>(text[i + 2] | 0x20));
            if (high != kDigits.npos && low != kDigits.npos) {
                result += static_cast<char>(high * 16 + low);
                i += 2;
                continue;
            }
        }
        result += text[i] == '+' ? ' ' : text[i];
    }
    return result;
}

std::string name_in(std::string_view query) {
    while (!query.empty()) {
        std::string_view value = take(query, '&');
        if (take(value, '=') == "name") return unescaped(value);
    }
    return {};
}

// Well-formed UTF-8 without control characters.
bool is_plain(std::string_view text) {
    constexpr std::array<char32_t, 4> kLeast = {0x20, 0x80, 0x800, 0x10000};
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i++]);
        const std::size_t more = lead < 0x80 ? 0 : lead >> 5 == 6 ? 1 : lead >> 4 == 14 ? 2 : lead >> 3 == 30 ? 3 : 4;
        if (more == 4 || more > text.size() - i) return false;
        char32_t point = more == 0 ? lead : lead & (0x3fu >> more);
        for (std::size_t end = i + more; i < end; ++i) {
            const auto next = static_cast<unsigned char>(text[i]);
            if (next >> 6 != 2) return false;
            point = point << 6 | (next & 0x3fu);
        }
        if (point < kLeast[more] || point == 0x7f || point >> 11 == 0x1b || point > 0x10ffff) return false;
    }
    return true;
}

bool is_name(std::string_view text) { return !text.empty() && text.size() <= kNameBytesMax && is_plain(text); }

// People in rooms.
//
// The room is a group; what one says goes to the peers of its members, no handler runs. Each instance keeps a roster of
// its own: who comes says so to the room, and each member answers to the newcomer's own group, its door. Those messages
// between instances are `word \t id \t name`. The peer is told what changes the roster, so each only once, in whatever
// order people come.
class Chatroom : public millrace::InlineConsumer {
  public:
    Chatroom() {
        std::string_view kept = state();
        for (std::string* line : {&id_, &name_, &room_}) *line = take(kept, '\n');
        is_complete_ = take(kept, '\n') != "incomplete";
        while (!kept.empty()) {
            const std::string_view id = take(kept, '\t');
            roster_.emplace(id, take(kept, '\n'));
        }
    }

    void on_connect(const millrace::Message& event) override {
        const std::string_view room = event.attribute("room");
        room_ = room.empty() ? event.attribute("path") : room;
        id_ = event.message().adapter() + ":" + event.message().scope();
        name_ = name_in(event.attribute("query"));
        if (name_.empty()) name_ = "guest-" + event.message().scope();
        if (!is_name(room_) || !is_name(name_)) {
            return refuse(400, "Rooms and names have 1 to 64 bytes of UTF-8, without control characters.");
        }
        keep();
        join(group());
        join(door(id_));
        reply(R"({"kind":"welcome","name":)" + quoted(name_) + R"(,"room":)" + quoted(room_) + "}");
        tell(group(), "joined");
    }

    void on_message(const millrace::Message& event) override {
        if (!event.group().empty()) return hear(event.text());
        if (!event.is_text()) return void(close(1003, "text only"));
        if (event.text() == "/who") return say_who();
        std::string said = frame("said", name_);
        said.back() = ',';
        group_reply(group(), said + R"("text":)" + quoted(event.text()) + "}");
    }

    void on_disconnect(const millrace::Message&) override { tell(group(), "left"); }

    void on_gap(const millrace::Message& event) override {
        is_complete_ = false;
        keep();
        reply(R"({"kind":"lost","count":)" + std::to_string(event.lost()) + "}");
    }

  private:
    std::string group() const { return "chatroom/#" + room_; }
    static std::string door(std::string_view id) { return "chatroom/@" + std::string(id); }

    void tell(std::string_view group, std::string_view word) {
        group_send(group, std::string(word) + '\t' + id_ + '\t' + name_, {.not_self = true});
    }

    void hear(std::string_view text) {
        const std::string_view word = take(text, '\t');
        const std::string id(take(text, '\t'));
        if (word == "joined" || word == "who") tell(door(id), "here");
        if (word == "who") return;
        const bool is_news = word == "left" ? roster_.erase(id) != 0 : roster_.emplace(id, text).second;
        if (!is_news) return;
        keep();
        reply(frame(word, text));
    }

    // A list that may be wrong is said to be so, and made anew.
    void say_who() {
        std::string names = quoted(name_);
        for (const auto& [id, name] : roster_) (names += ',') += quoted(name);
        reply(R"({"kind":"people","names":[)" + names + R"(],"complete":)" + (is_complete_ ? "true}" : "false}"));
        if (is_complete_) return;
        is_complete_ = true;
        roster_.clear();
        keep();
        tell(group(), "who");
    }

    void keep() {
        std::string kept = id_ + '\n' + name_ + '\n' + room_ + '\n' + (is_complete_ ? "" : "incomplete") + '\n';
        for (const auto& [id, name] : roster_) (((kept += id) += '\t') += name) += '\n';
        set_state(kept);
    }

    std::string id_;  // `web:1f-3`
    std::string name_;
    std::string room_;
    std::map<std::string, std::string, std::less<>> roster_;  // The others: id -> name.
    bool is_complete_ = true;                                 // Nothing was lost since the roster was begun.
};

}  // namespace

MILLRACE_CONSUMER("chatroom", "1.0.0", Chatroom)
