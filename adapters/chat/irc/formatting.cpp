#include "adapters/chat/irc/formatting.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace millrace::chat::irc {
namespace {

constexpr std::string_view kSwitches = "\x02\x1D\x1F\x1E\x11";  // In the order of Span::Kind.
constexpr char kColour = '\x03';
constexpr char kHexColour = '\x04';
constexpr char kReverse = '\x16';
constexpr char kReset = '\x0F';

bool is_formatting(char c) {
    return static_cast<unsigned char>(c) < 0x20 &&
           (c == kColour || c == kHexColour || c == kReverse || c == kReset || kSwitches.find(c) != kSwitches.npos);
}

bool is_digit(char c, bool is_hex) {
    return (c >= '0' && c <= '9') || (is_hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
}

std::size_t count_digits(std::string_view text, std::size_t at, std::size_t max, bool is_hex) {
    std::size_t count = 0;
    while (count < max && at + count < text.size() && is_digit(text[at + count], is_hex)) ++count;
    return count;
}

// How much belongs to the colour that begins at `at`: `FG` or `FG,BG`, of one or two digits, or of six hex digits.
std::size_t colour_size(std::string_view text, std::size_t at) {
    const bool is_hex = text[at] == kHexColour;
    const std::size_t max = is_hex ? 6 : 2;
    const std::size_t min = is_hex ? 6 : 1;
    const std::size_t front = count_digits(text, at + 1, max, is_hex);
    if (front < min) return 1;
    const std::size_t comma = at + 1 + front;
    if (comma >= text.size() || text[comma] != ',') return 1 + front;
    const std::size_t back = count_digits(text, comma + 1, max, is_hex);
    return back < min ? 1 + front : 2 + front + back;
}

class Switches {
  public:
    Switches(const std::string& plain, std::vector<Span>& spans) : plain_(plain), spans_(spans) { begins_.fill(kOff); }

    void flip(std::size_t which) {
        if (begins_[which] == kOff)
            begins_[which] = plain_.size();
        else
            end(which);
    }
    void end_all() {
        for (std::size_t i = 0; i < begins_.size(); ++i) end(i);
    }

  private:
    static constexpr std::size_t kOff = static_cast<std::size_t>(-1);

    void end(std::size_t which) {
        const std::size_t begin = begins_[which];
        begins_[which] = kOff;
        if (begin == kOff || begin == plain_.size() || spans_.size() == kSpansMax) return;
        spans_.push_back({static_cast<Span::Kind>(which), static_cast<std::uint32_t>(begin),
                          static_cast<std::uint32_t>(plain_.size() - begin)});
    }

    const std::string& plain_;
    std::vector<Span>& spans_;
    std::array<std::size_t, kSwitches.size()> begins_{};
};

}  // namespace

std::string_view unformatted(std::string_view text, std::string& storage, std::vector<Span>& spans) {
    spans.clear();
    if (std::none_of(text.begin(), text.end(), is_formatting)) return text;
    storage.clear();
    Switches switches(storage, spans);
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (!is_formatting(c)) {
            storage += c;
            ++i;
        } else if (c == kColour || c == kHexColour) {
            i += colour_size(text, i);
        } else {
            if (c == kReset) switches.end_all();
            if (const std::size_t which = kSwitches.find(c); which != kSwitches.npos) switches.flip(which);
            ++i;
        }
    }
    switches.end_all();
    std::stable_sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
    return storage;
}

}  // namespace millrace::chat::irc
