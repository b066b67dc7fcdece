#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::smtp::mime {

// The boundaries of the multiparts that a place in a message is in, the outermost first (RFC 2046 §5.1.1).
class Boundaries {
  public:
    struct Match {
        std::size_t level;  // Of the multipart that it belongs to.
        bool is_last;       // `--boundary--`: the multipart ends.
    };

    // Views of boundaries that are kept elsewhere.
    void push(std::string_view boundary) { open_.push_back(boundary); }
    void resize(std::size_t levels) { open_.resize(levels); }
    std::size_t size() const { return open_.size(); }

    // Does a line, without its end, separate parts? Where it fits several boundaries, the innermost counts.
    std::optional<Match> match(std::string_view line) const {
        if (open_.empty() || !line.starts_with("--")) return std::nullopt;
        line.remove_prefix(2);
        while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
        for (std::size_t level = open_.size(); level-- > 0;) {
            const std::string_view boundary = open_[level];
            if (line.size() == boundary.size() && line == boundary) return Match{level, false};
            if (line.size() == boundary.size() + 2 && line.starts_with(boundary) && line.ends_with("--")) {
                return Match{level, true};
            }
        }
        return std::nullopt;
    }

  private:
    std::vector<std::string_view> open_;
};

}  // namespace millrace::smtp::mime
