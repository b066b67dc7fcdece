// A server that says anything, consumers that say anything, and connections that break at any time: what the session
// writes is lines that cannot be misread, none of which is another's text, everything said has one outcome, what
// it tells is UTF-8 once it is normalised, and memory is bounded.
//
// The input is lines. Those that begin with a control character are what is not the server's: a time that passes, a
// text, a topic, a broken connection.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "adapters/chat/common/id_map.hpp"
#include "adapters/chat/irc/codec.hpp"
#include "adapters/chat/irc/normalise.hpp"
#include "adapters/chat/irc/session.hpp"
#include "adapters/common/utf8.hpp"
#include "millrace/v1/message.pb.h"

namespace {

using namespace millrace;
using namespace millrace::chat::irc;

void require(bool holds) {
    if (!holds) std::abort();
}

SessionSettings settings_of(std::uint8_t bits) {
    SessionSettings settings;
    settings.network = "n";
    settings.nick = "me";
    settings.rooms = {{"#a", ""}, {"#b", "key"}};
    settings.queue = {4, 1000};
    settings.lines_max = 5;
    settings.pace = {(bits & 1) != 0 ? 2u : 1000u, (bits & 1) != 0 ? 1000u : 1u};
    if ((bits & 2) != 0) settings.account.sasl = SaslMechanism::plain;
    settings.account.is_required = (bits & 4) != 0;
    settings.account.name = "acc";
    settings.account.password = "sesame";
    if ((bits & 8) != 0) settings.account.service = "NickServ";
    return settings;
}

class World final : public Listener {
  public:
    explicit World(std::uint8_t bits) : settings_(settings_of(bits)), session_(settings_, *this, bits, 0) {}

    void play(std::string_view script) {
        session_.connected(now_ms_);
        while (!script.empty()) {
            const std::size_t end = std::min(script.find('\n'), script.size());
            step(script.substr(0, end));
            script.remove_prefix(std::min(end + 1, script.size()));
            check();
        }
        again();
        session_.disconnected(now_ms_);
    }

  private:
    void step(std::string_view line) {
        const char first = line.empty() ? ' ' : line[0];
        const std::string_view rest = line.substr(line.empty() ? 0 : 1);
        switch (first) {
            case '\x02':
                now_ms_ += 1000 * static_cast<std::int64_t>(rest.size() * rest.size());
                if (session_.next_ms(now_ms_)) session_.tick(now_ms_);
                break;
            case '\x03':
            case '\x04':
                say(rest, first == '\x04');
                break;
            case '\x05':
                again();
                break;
            default:
                hear(std::string(line));
        }
    }

    void again() {
        session_.disconnected(now_ms_);
        has_ended_ = false;
        session_.connected(now_ms_);
    }

    void hear(std::string text) {
        text += '\n';
        Input input{text.data(), text.data() + text.size()};
        if (codec_.take(input) == Codec::Step::line) session_.take(codec_.line(), now_ms_);
    }

    void say(std::string_view rest, bool is_topic) {
        if (!is_utf8(rest)) return;
        const std::size_t space = std::min(rest.find(' '), rest.size());
        const std::string target(rest.substr(0, space));
        std::string text(rest.substr(space));
        std::ranges::replace(text, '/', '\n');
        const std::uint64_t id = ++said_;
        open_.insert(id);
        const auto push = is_topic ? session_.set_topic(target, text, id, now_ms_)
                                   : session_.say({target, text, static_cast<Said>(id % 3), {}, 1, id, 0}, now_ms_);
        if (push == Outbound::Push::full) require(open_.erase(id) == 1);
    }

    void check() {
        std::string& out = session_.output();
        for (std::size_t end = 0; (end = out.find("\r\n")) != out.npos; out.erase(0, end + 2)) {
            Line line;
            const std::string_view text = std::string_view(out).substr(0, end);
            require(parse_line(text, line) == LineFault::none);
            require(text.size() + 2 - (line.tags.empty() ? 0 : line.tags.size() + 2) <=
                    session_.isupport().line_bytes());
            require(kCommands.find(line.command) != kCommands.npos);
        }
        require(out.empty());
        require(session_.roster().memberships() <= Roster::kMembershipsMax);
        require(session_.outbound().deliveries().open_lines() <= 10'000);
    }

    void on_ready() override {}
    void on_entered(std::string_view room, std::string_view name) override {
        require(!room.empty() && room.size() == name.size());
    }
    void on_left(std::string_view room, std::string_view, std::string_view) override { require(!room.empty()); }
    void on_refused(std::string_view room, std::uint16_t code, std::string_view, bool) override {
        require(!room.empty() && code >= 400);
    }
    void on_gone(std::string_view person) override { require(!person.empty()); }
    void on_gap(std::string_view room) override { require(!room.empty()); }
    void on_outcome(const Outcome& outcome) override { require(open_.erase(outcome.id) == 1 && is_utf8(outcome.text)); }
    void on_ended(const Ending& ending) override {
        require(!ending.why.empty() && is_utf8(ending.why));
        require(!has_ended_);
        has_ended_ = true;
    }
    void on_event(const Event& event) override {
        require(!has_ended_ && !event.room.empty());
        std::string fields = normaliser_.scope_fields("n", "me", event.room, event.room_name, event.is_direct, nullptr);
        const Normalised it = normaliser_.take(event, session_.me());
        fields += it.fields;
        require(is_utf8(it.payload) && is_utf8(it.author) && !it.event.empty());
        v1::ChannelMessage message;
        require(message.ParseFromString(fields));
        require(message.chat().event_case() != v1::Chat::EVENT_NOT_SET);
    }

    static constexpr std::string_view kCommands =
        " CAP PASS NICK USER AUTHENTICATE PING PONG JOIN PART PRIVMSG NOTICE TOPIC MONITOR CHATHISTORY ";

    const SessionSettings settings_;
    Session session_;
    const chat::IdMap sent_{1};
    Normaliser normaliser_{Fallback::windows_1252, sent_};
    Codec codec_;
    std::int64_t now_ms_ = 0;
    std::uint64_t said_ = 0;
    std::set<std::uint64_t> open_;
    bool has_ended_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    World(data[0]).play({reinterpret_cast<const char*>(data) + 1, size - 1});
    return 0;
}
