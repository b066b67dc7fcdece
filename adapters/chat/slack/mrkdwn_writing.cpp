#include <algorithm>

#include "adapters/chat/slack/mrkdwn.hpp"

namespace millrace::chat::slack {
namespace {

using Span = v1::Chat::Span;

constexpr int kDepthMax = 16;  // Of spans within one another.

bool is_border(std::string_view text, std::size_t at) {
    return at == text.size() || (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
}

bool is_in(std::string_view text, const Span& span) {
    const std::size_t end = std::size_t{span.begin()} + span.size();
    return span.size() > 0 && end <= text.size() && is_border(text, span.begin()) && is_border(text, end);
}

// Of what stands between `<` and `>`.
bool is_control(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return static_cast<unsigned char>(c) > ' ' && c != '<' && c != '>' && c != '|';
    });
}

// RFC 3986, 3.1. Without one Slack may take for a mention what was to be a link.
bool has_scheme(std::string_view url) {
    const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
    const auto end = std::ranges::find_if_not(
        url, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'; });
    return end != url.begin() && end != url.end() && *end == ':' && is_letter(url.front());
}

// What a mention is in place of its text; empty: it is that.
std::string control_of(const Span& span, std::string_view shown) {
    const std::string& target = span.target();
    if (span.kind() == Span::LINK) {
        const std::string_view url = target.empty() ? shown : std::string_view(target);
        if (!is_control(url) || !has_scheme(url)) return {};
        const std::string label = url == shown ? "" : "|" + escaped(shown);
        return "<" + escaped(url) + label + ">";
    }
    if (!is_control(target) || target.find('&') != target.npos) return {};
    if (span.kind() == Span::ROOM) return "<#" + target + ">";
    if (span.kind() == Span::EMOJI) return target.find(':') == target.npos ? ":" + target + ":" : "";
    if (span.kind() != Span::MENTION) return {};
    if (target == "here" || target == "channel" || target == "everyone") return "<!" + target + ">";
    return target.starts_with('S') ? "<!subteam^" + target + ">" : "<@" + target + ">";
}

std::string_view mark_of(Span::Kind kind, std::string_view shown) {
    switch (kind) {
        case Span::BOLD:
            return "*";
        case Span::ITALIC:
            return "_";
        case Span::STRIKE:
            return "~";
        case Span::CODE:
            return shown.find('\n') == shown.npos ? "`" : "```";
        default:
            return "";
    }
}

class Writer {
  public:
    Writer(std::string_view text, std::vector<const Span*> spans) : text_(text), spans_(std::move(spans)) {}

    std::string write() {
        write(0, text_.size());
        return std::move(out_);
    }

  private:
    void write(std::size_t begin, std::size_t end) {
        while (next_ < spans_.size() && spans_[next_]->begin() < end) {
            const Span& span = *spans_[next_++];
            const std::size_t span_end = std::size_t{span.begin()} + span.size();
            if (span.begin() < begin || span_end > end || depth_ == kDepthMax) continue;
            out_ += escaped(text_.substr(begin, span.begin() - begin));
            ++depth_;
            write(span, span_end);
            --depth_;
            begin = span_end;
        }
        out_ += escaped(text_.substr(begin, end - begin));
    }

    void write(const Span& span, std::size_t end) {
        const std::string_view shown = text_.substr(span.begin(), span.size());
        const std::string control = control_of(span, shown);
        if (!control.empty()) {
            out_ += control;
            skip(end);
            return;
        }
        const std::string_view mark = mark_of(span.kind(), shown);
        if (span.kind() == Span::QUOTE && (out_.empty() || out_.back() == '\n')) {
            const std::size_t at = out_.size();
            write(span.begin(), end);
            out_.insert(at, ">");
            for (std::size_t line = at; (line = out_.find('\n', line)) != out_.npos && ++line < out_.size();)
                out_.insert(line, ">");
            return;
        }
        out_ += mark;
        if (span.kind() == Span::CODE) skip(end);
        write(span.begin(), end);
        out_ += mark;
    }

    // Nothing within has a meaning of its own.
    void skip(std::size_t end) {
        while (next_ < spans_.size() && spans_[next_]->begin() < end) ++next_;
    }

    std::string_view text_;
    std::vector<const Span*> spans_;
    std::size_t next_ = 0;
    int depth_ = 0;
    std::string out_;
};

}  // namespace

std::string write_mrkdwn(std::string_view text, const Spans& spans) {
    std::vector<const Span*> sorted;
    for (const Span& span : spans) {
        if (std::ssize(sorted) == kSpansMax) break;
        if (is_in(text, span)) sorted.push_back(&span);
    }
    std::ranges::stable_sort(sorted, [](const Span* a, const Span* b) {
        return a->begin() != b->begin() ? a->begin() < b->begin() : a->size() > b->size();
    });
    return Writer(text, std::move(sorted)).write();
}

Spans spans_of_piece(const Spans& spans, std::size_t begin, std::size_t size) {
    Spans piece;
    for (const Span& span : spans) {
        const std::size_t from = std::max<std::size_t>(span.begin(), begin);
        const std::size_t to = std::min<std::size_t>(std::size_t{span.begin()} + span.size(), begin + size);
        const bool is_cut = to - from != span.size();
        if (from >= to || (is_cut && !span.target().empty())) continue;
        Span& part = *piece.Add();
        part = span;
        part.set_begin(static_cast<std::uint32_t>(from - begin));
        part.set_size(static_cast<std::uint32_t>(to - from));
    }
    return piece;
}

}  // namespace millrace::chat::slack
