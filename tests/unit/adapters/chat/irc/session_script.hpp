#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/chat/irc/codec.hpp"
#include "adapters/chat/irc/session.hpp"

// A session played from a script, in lines. What comes out of it stands in the script as well, so that the whole text
// is what is compared:
//
//     = connect, = disconnect        the connection
//     = at MS, = wait MS             it is that time; time passes, and tick() is called when it is due
//     = tick                         tick()
//     = recall ROOM MICROSECONDS     it was there in an earlier life
//     = say ID TARGET TEXT           a text; act, notice the same; = topic ID ROOM TEXT
//     < LINE                         what the server sends
//     > LINE                         what the session writes
//     ! WHAT                         what it tells
//
// `\1` stands for the delimiter of CTCP, `\n` for a line end, `\\` for itself. Empty lines and such that begin with `#`
// stay as they are; `# with KEY VALUE..` is a setting.
namespace millrace::chat::irc::test {

inline std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '\x01')
            result += "\\1";
        else if (c == '\n')
            result += "\\n";
        else if (c == '\\')
            result += "\\\\";
        else
            result += c;
    }
    return result;
}

inline std::string unescaped_line(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            result += text[i];
            continue;
        }
        const char c = text[++i];
        result += c == '1' ? '\x01' : c == 'n' ? '\n' : c;
    }
    return result;
}

inline std::string_view take_word(std::string_view& rest) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view result = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return result;
}

inline std::int64_t number_of(std::string_view text) {
    std::int64_t result = 0;
    std::from_chars(text.data(), text.data() + text.size(), result);
    return result;
}

inline void take_setting(SessionSettings& settings, std::string_view text) {
    const std::string_view key = take_word(text);
    if (key == "rooms") {
        while (!text.empty()) {
            const std::string_view room = take_word(text);
            const std::size_t colon = std::min(room.find(':'), room.size());
            settings.rooms.push_back(
                {std::string(room.substr(0, colon)), std::string(room.substr(std::min(colon + 1, room.size())))});
        }
    } else if (key == "pace") {
        settings.pace.burst = static_cast<std::uint32_t>(number_of(take_word(text)));
        settings.pace.interval_ms = static_cast<std::uint32_t>(number_of(text));
    } else if (key == "sasl") {
        settings.account.sasl = take_word(text) == "plain" ? SaslMechanism::plain : SaslMechanism::external;
        settings.account.is_required = take_word(text) == "required";
    } else if (key == "account") {
        settings.account.name = take_word(text);
        settings.account.password = text;
    } else if (key == "service") {
        settings.account.service = text;
    } else if (key == "password") {
        settings.password = text;
    } else if (key == "alternatives") {
        while (!text.empty()) settings.alternatives.emplace_back(take_word(text));
    } else if (key == "queue") {
        settings.queue.items = static_cast<std::size_t>(number_of(text));
    }
}

inline SessionSettings settings_of(std::string_view script) {
    SessionSettings settings;
    settings.network = "test";
    settings.nick = "millrace";
    settings.user = "mill";
    settings.pace = {1000, 1};
    while (!script.empty()) {
        const std::size_t end = std::min(script.find('\n'), script.size());
        const std::string_view line = script.substr(0, end);
        if (constexpr std::string_view kWith = "# with "; line.starts_with(kWith))
            take_setting(settings, line.substr(kWith.size()));
        script.remove_prefix(std::min(end + 1, script.size()));
    }
    return settings;
}

class SessionScript final : public Listener {
  public:
    explicit SessionScript(const SessionSettings& settings) : session_(settings, *this, 1, 0) {}

    // The script as it really went.
    std::string play(std::string_view script) {
        while (!script.empty()) {
            const std::size_t end = std::min(script.find('\n'), script.size());
            step(script.substr(0, end));
            script.remove_prefix(std::min(end + 1, script.size()));
        }
        return transcript_;
    }

    void step(std::string_view line) {
        if (line.starts_with("> ") || line.starts_with("! ")) return;
        ((transcript_ += line) += '\n');
        if (line.starts_with("< ")) {
            hear(unescaped_line(line.substr(2)));
        } else if (line.starts_with("= ")) {
            command(line.substr(2));
        }
        write();
    }

    Session& session() { return session_; }
    std::int64_t now_ms() const { return now_ms_; }
    const std::string& transcript() const { return transcript_; }
    const std::string& written() const { return written_; }

  private:
    void hear(std::string text) {
        text += "\r\n";
        Input input{text.data(), text.data() + text.size()};
        const Codec::Step step = codec_.take(input);
        if (step == Codec::Step::line) session_.take(codec_.line(), now_ms_);
        if (step == Codec::Step::malformed) note(std::string("malformed: ") + to_string(codec_.fault()));
    }

    void command(std::string_view rest) {
        const std::string_view what = take_word(rest);
        if (what == "connect") {
            session_.connected(now_ms_);
        } else if (what == "disconnect") {
            session_.disconnected(now_ms_);
        } else if (what == "quit") {
            session_.quit(rest, now_ms_);
        } else if (what == "at") {
            now_ms_ = number_of(rest);
        } else if (what == "recall") {
            const std::string_view room = take_word(rest);
            session_.recall(room, number_of(rest));
        } else if (what == "tick") {
            session_.tick(now_ms_);
        } else if (what == "wait") {
            wait_until(now_ms_ + number_of(rest));
        } else {
            const auto id = static_cast<std::uint64_t>(number_of(take_word(rest)));
            const std::string target(take_word(rest));
            const std::string text = unescaped_line(rest);
            const Said said = what == "act" ? Said::action : what == "notice" ? Said::notice : Said::text;
            const auto push = what == "topic" ? session_.set_topic(target, text, id, now_ms_)
                                              : session_.say({target, text, said, {}, 0, id, 0}, now_ms_);
            if (push == Outbound::Push::full) note("full " + std::to_string(id));
        }
    }

    void wait_until(std::int64_t until_ms) {
        for (int i = 0; i < 100'000; ++i) {
            const auto next = session_.next_ms(now_ms_);
            if (!next || *next > until_ms) break;
            now_ms_ = std::max(now_ms_, *next);
            session_.tick(now_ms_);
            write();
        }
        now_ms_ = until_ms;
    }

    void write() {
        std::string& out = session_.output();
        written_ += out;
        for (std::size_t end = 0; (end = out.find("\r\n")) != out.npos; out.erase(0, end + 2))
            ((transcript_ += "> ") += escaped(out.substr(0, end))) += '\n';
    }

    void note(const std::string& what) {
        write();
        ((transcript_ += "! ") += escaped(what)) += '\n';
    }
    static std::string by(std::string_view who) { return who.empty() ? "" : " by " + std::string(who); }

    void on_ready() override { note("ready as " + session_.nick()); }
    void on_entered(std::string_view, std::string_view name) override { note("entered " + std::string(name)); }
    void on_left(std::string_view room, std::string_view who, std::string_view why) override {
        note("left " + std::string(room) + by(who) + ": " + std::string(why));
    }
    void on_refused(std::string_view room, std::uint16_t code, std::string_view why, bool again) override {
        note("refused " + std::string(room) + " " + std::to_string(code) + (again ? " for now: " : " for good: ") +
             std::string(why));
    }
    void on_gone(std::string_view person) override { note("gone " + std::string(person)); }
    void on_gap(std::string_view room) override { note("gap " + std::string(room)); }
    void on_ended(const Ending& ending) override {
        note("ended" + std::string(ending.is_final ? " for good" : "") +
             (ending.at_least_ms > 0 ? " for " + std::to_string(ending.at_least_ms) : "") + ": " + ending.why);
    }
    void on_outcome(const Outcome& outcome) override {
        constexpr const char* kKinds[] = {"sent", "rejected", "lost", "unknown"};
        std::string text = "outcome " + std::to_string(outcome.id) + " " + kKinds[static_cast<int>(outcome.kind)];
        if (outcome.code != 0) text += " " + std::to_string(outcome.code);
        for (const std::string& id : outcome.message_ids) text += " [" + id + "]";
        if (!outcome.text.empty()) text += ": " + outcome.text;
        note(text);
    }
    void on_event(const Event& event) override {
        constexpr const char* kKinds[] = {"message", "joined", "left", "quit", "removed", "renamed", "topic"};
        constexpr const char* kSaid[] = {"text", "action", "notice"};
        std::string text(event.room_name);
        if (event.is_direct) text += " (direct)";
        text += event.kind == Event::Kind::message ? std::string(" ") + kSaid[static_cast<int>(event.said)]
                                                   : std::string(" ") + kKinds[static_cast<int>(event.kind)];
        text += " " + std::string(event.author.roles) + std::string(event.author.nick);
        if (!event.author.account.empty()) text += "/" + std::string(event.author.account);
        if (!event.person.nick.empty()) text += " -> " + std::string(event.person.nick);
        if (event.is_mine) text += " mine";
        if (event.is_replayed) text += " replayed";
        if (event.is_netsplit) text += " netsplit";
        if (event.hops > 0) text += " hops=" + std::to_string(event.hops);
        if (!event.message_id.empty()) text += " [" + std::string(event.message_id) + "]";
        if (!event.reply_to.empty()) text += " to [" + std::string(event.reply_to) + "]";
        if (!event.text.empty()) text += ": " + std::string(event.text);
        note(text);
    }

    Session session_;
    Codec codec_;
    std::int64_t now_ms_ = 0;
    std::string transcript_;
    std::string written_;
};

}  // namespace millrace::chat::irc::test
