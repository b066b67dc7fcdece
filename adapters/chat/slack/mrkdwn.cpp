#include "adapters/chat/slack/mrkdwn.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace millrace::chat::slack {
namespace {

using Span = v1::Chat::Span;

constexpr std::string_view kFence = "```";
constexpr std::string_view kMarks = "*_~";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_of_word(char c) { return is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

Span::Kind kind_of(char mark) { return mark == '*' ? Span::BOLD : mark == '_' ? Span::ITALIC : Span::STRIKE; }

// What stands for one character, from `at` on; 0: none does.
std::size_t entity_at(std::string_view text, std::size_t at, char& c) {
    constexpr std::pair<std::string_view, char> kEntities[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}};
    for (const auto& [entity, meaning] : kEntities) {
        if (!text.substr(at).starts_with(entity)) continue;
        c = meaning;
        return entity.size();
    }
    return 0;
}

// What means something where one reads.
struct Meaning {
    std::string marks{kMarks};
    bool quotes = true;
    bool code = true;  // And emoji.
};

class Reader {
  public:
    Reader(const Names& names, std::string& text, Spans& spans, std::string_view in, Meaning meaning)
        : names_(names), text_(text), spans_(spans), in_(in), meaning_(std::move(meaning)) {}

    void read() {
        bool is_line_begin = true;
        for (std::size_t at = 0; at < in_.size();) {
            const std::size_t taken = is_line_begin && meaning_.quotes ? quote(at) : 0;
            at += taken != 0 ? taken : one(at);
            is_line_begin = in_[at - 1] == '\n';
        }
    }

  private:
    // Takes what begins at `at`. -> Its size.
    std::size_t one(std::size_t at) {
        const char c = in_[at];
        std::size_t taken = 0;
        if (c == '<') taken = control(at);
        if (c == '&') taken = entity(at);
        if (c == '`' && meaning_.code) taken = code(at);
        if (c == ':' && meaning_.code) taken = emoji(at);
        if (meaning_.marks.find(c) != std::string::npos) taken = marked(at);
        if (taken != 0) return taken;
        text_ += c;
        return 1;
    }

    std::size_t entity(std::size_t at) {
        char c = 0;
        const std::size_t size = entity_at(in_, at, c);
        if (size != 0) text_ += c;
        return size;
    }

    // A line, or with three marks all lines from here on.
    std::size_t quote(std::size_t at) {
        constexpr std::string_view kQuote = "&gt;";
        if (!in_.substr(at).starts_with(kQuote)) return 0;
        const bool is_long = in_.substr(at).starts_with("&gt;&gt;&gt;");
        std::size_t begin = at + (is_long ? 3 : 1) * kQuote.size();
        if (begin < in_.size() && in_[begin] == ' ') ++begin;
        const std::size_t end = is_long ? in_.size() : std::min(in_.find('\n', begin), in_.size());
        if (begin == end) return 0;
        within(Span::QUOTE, in_.substr(begin, end - begin), {meaning_.marks, false, meaning_.code});
        return end - at;
    }

    std::size_t code(std::size_t at) {
        const bool is_fence = !no_fence_ && in_.substr(at).starts_with(kFence);
        if (is_fence) {
            const std::size_t begin = at + kFence.size();
            const std::size_t end = in_.find(kFence, begin);
            no_fence_ = end == in_.npos;
            if (!no_fence_ && end != begin) {
                within(Span::CODE, in_.substr(begin, end - begin), {"", false, false});
                return end + kFence.size() - at;
            }
        }
        const std::size_t end = std::min(in_.find_first_of("`\n", at + 1), in_.size());
        if (end == in_.size() || in_[end] != '`' || end == at + 1) return 0;
        within(Span::CODE, in_.substr(at + 1, end - at - 1), {"", false, false});
        return end + 1 - at;
    }

    std::size_t marked(std::size_t at) {
        const char mark = in_[at];
        const bool is_begin = at == 0 || !(is_of_word(in_[at - 1]) || in_[at - 1] == mark);
        if (!is_begin || at + 2 >= in_.size() || is_blank(in_[at + 1]) || in_[at + 1] == mark) return 0;
        std::size_t& no_mark_before = no_mark_before_[kMarks.find(mark)];
        if (at < no_mark_before) return 0;
        const std::size_t line = std::min(in_.find('\n', at), in_.size());
        for (std::size_t end = at + 2; end < line; ++end) {
            if (in_[end] != mark || is_blank(in_[end - 1])) continue;
            if (end + 1 < in_.size() && (is_of_word(in_[end + 1]) || in_[end + 1] == mark)) continue;
            Meaning meaning{meaning_.marks, false, meaning_.code};
            std::erase(meaning.marks, mark);
            within(kind_of(mark), in_.substr(at + 1, end - at - 1), std::move(meaning));
            return end + 1 - at;
        }
        no_mark_before = line;
        return 0;
    }

    std::size_t emoji(std::size_t at) {
        if (at != 0 && is_of_word(in_[at - 1])) return 0;
        std::size_t end = at + 1;
        bool has_letter = false;
        for (; end < in_.size() && end - at < 100; ++end) {
            const char c = in_[end];
            has_letter = has_letter || is_letter(c) || c == '+' || c == '-';
            if (!is_letter(c) && !is_digit(c) && c != '_' && c != '+' && c != '-' && c != '\'') break;
        }
        if (!has_letter || end >= in_.size() || in_[end] != ':') return 0;
        const std::size_t size = end + 1 - at;
        add(Span::EMOJI, in_.substr(at, size), in_.substr(at + 1, size - 2));
        return size;
    }

    std::size_t control(std::size_t at) {
        if (control_end_ <= at) control_end_ = std::min(in_.find('>', at), in_.size());
        const std::size_t end = control_end_;
        if (end == in_.size() || end == at + 1) return 0;
        const std::string_view inner = in_.substr(at + 1, end - at - 1);
        if (inner.find_first_of("<\n") != inner.npos) return 0;
        const std::size_t bar = inner.find('|');
        const std::string_view what = inner.substr(0, bar);
        const std::string label = bar == inner.npos ? "" : unescaped(inner.substr(bar + 1));
        if (what.empty()) return 0;
        if (what[0] == '@')
            person(what.substr(1), label);
        else if (what[0] == '#')
            room(what.substr(1), label);
        else if (what[0] == '!')
            special(what.substr(1), label);
        else
            link(unescaped(what), label);
        return end + 1 - at;
    }

    void person(std::string_view id, const std::string& label) {
        const std::string_view known = names_.person(id);
        const std::string_view name = !known.empty() ? known : label.empty() ? id : std::string_view(label);
        add(Span::MENTION, "@" + std::string(name), id);
    }
    void room(std::string_view id, const std::string& label) {
        const std::string_view known = names_.room(id);
        const std::string_view name = !label.empty() ? std::string_view(label) : known.empty() ? id : known;
        add(Span::ROOM, "#" + std::string(name), id);
    }
    void special(std::string_view what, const std::string& label) {
        constexpr std::string_view kGroup = "subteam^";
        if (what.starts_with("date^")) {
            text_ += label;
        } else {
            const std::string_view whom = what.starts_with(kGroup) ? what.substr(kGroup.size()) : what;
            add(Span::MENTION, label.starts_with('@') ? label : "@" + (label.empty() ? std::string(whom) : label),
                whom);
        }
    }
    void link(const std::string& url, const std::string& label) {
        const std::string& shown = label.empty() ? url : label;
        add(Span::LINK, shown, shown == url ? std::string_view() : std::string_view(url));
    }

    void add(Span::Kind kind, std::string_view shown, std::string_view target) {
        if (Span* span = begin(kind)) {
            span->set_size(static_cast<std::uint32_t>(shown.size()));
            span->set_target(std::string(target));
        }
        text_ += shown;
    }

    void within(Span::Kind kind, std::string_view in, Meaning meaning) {
        const std::size_t begun = text_.size();
        Span* const span = begin(kind);
        Reader(names_, text_, spans_, in, std::move(meaning)).read();
        if (span) span->set_size(static_cast<std::uint32_t>(text_.size() - begun));
    }

    Span* begin(Span::Kind kind) {
        if (spans_.size() >= kSpansMax) return nullptr;
        Span* span = spans_.Add();
        span->set_kind(kind);
        span->set_begin(static_cast<std::uint32_t>(text_.size()));
        return span;
    }

    const Names& names_;
    std::string& text_;
    Spans& spans_;
    const std::string_view in_;
    const Meaning meaning_;
    std::size_t no_mark_before_[3]{};  // Of each mark: none of them ends before there.
    std::size_t control_end_ = 0;      // The first `>` behind what was read last; the end, where there is none.
    bool no_fence_ = false;
};

}  // namespace

void read_mrkdwn(std::string_view mrkdwn, const Names& names, std::string& text, Spans& spans) {
    Reader(names, text, spans, mrkdwn, {}).read();
}

std::vector<std::string> mentioned(std::string_view mrkdwn, std::size_t max) {
    std::vector<std::string> ids;
    for (std::size_t at = 0; ids.size() < max && (at = mrkdwn.find("<@", at)) != mrkdwn.npos;) {
        const std::size_t begin = at + 2;
        at = std::min(mrkdwn.find_first_of("|><", begin), mrkdwn.size());
        if (at == begin || at == mrkdwn.size() || mrkdwn[at] == '<') continue;
        std::string id(mrkdwn.substr(begin, at - begin));
        if (std::ranges::find(ids, id) == ids.end()) ids.push_back(std::move(id));
    }
    return ids;
}

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else
            out += c;
    }
    return out;
}

std::string unescaped(std::string_view mrkdwn) {
    std::string out;
    out.reserve(mrkdwn.size());
    for (std::size_t at = 0; at < mrkdwn.size();) {
        char c = mrkdwn[at];
        const std::size_t size = c == '&' ? entity_at(mrkdwn, at, c) : 0;
        out += c;
        at += std::max<std::size_t>(size, 1);
    }
    return out;
}

}  // namespace millrace::chat::slack
