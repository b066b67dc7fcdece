#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// What became of what was sent. A line that is written is open until the server shows that it has it: by its echo, by
// an answer with its label, by a numeric that refuses it, or, where the server does none of these, by the answer to a
// PING that was written behind it. A command is done when all of its lines are. Not thread-safe.
namespace millrace::chat::irc {

struct Outcome {
    enum class Kind { sent, rejected, lost, unknown };

    std::uint64_t id = 0;  // The caller's.
    Kind kind = Kind::sent;
    std::uint16_t code = 0;                  // `rejected`: the numeric. 0: there is none.
    std::string text{};                      // For people.
    std::vector<std::string> message_ids{};  // Of its lines, in order, where the network has such.
};

class Deliveries {
  public:
    // A line of `id` is written, to what `target` is folded. -> Its label. Lines of one command follow one another.
    std::uint64_t wrote(std::uint64_t id, std::string_view target, std::int64_t now_ms);
    // That was its last line, or there will be no further one.
    void finished(std::uint64_t id);
    // The rest of it never gets out, and nobody is to say it again.
    void lose(std::uint64_t id, std::string_view why);
    // It never gets out.
    void reject(std::uint64_t id, std::uint16_t code, std::string_view text);

    // A message of the gateway's own came back. `label` 0: without one; then it is the oldest to that target.
    void echoed(std::uint64_t label, std::string_view target, std::string_view message_id);
    // The server has it, and has no more to say of it.
    void answered(std::uint64_t label);
    // False: nothing is open that this could be about.
    bool refused(std::uint64_t label, std::string_view target, std::uint16_t code, std::string_view text);

    // All that is written so far is known when this comes back; nothing: nothing is open, or one is on its way.
    std::optional<std::uint64_t> fence();
    // It has not been written.
    void drop_fence() { fence_ = 0; }
    // `echoes`: lines of which no echo has come by then never had one, and may be lost.
    void passed(std::uint64_t fence, bool echoes);

    // Whoever was written before then will not be heard of.
    void expire(std::int64_t before_ms);
    // The connection is gone.
    void lost();

    // What is known now, to be taken and cleared.
    std::vector<Outcome>& outcomes() { return outcomes_; }
    std::size_t open_lines() const { return lines_.size(); }
    std::optional<std::int64_t> oldest_ms() const;

  private:
    struct Line {
        std::uint64_t label;
        std::uint64_t id;
        std::string target;
        std::int64_t at_ms;
    };
    struct Command {
        Outcome outcome;
        std::uint32_t open = 0;
        bool is_finished = false;
    };
    using Lines = std::deque<Line>;

    Lines::iterator find(std::uint64_t label, std::string_view target);
    void close(Lines::iterator line, Outcome::Kind kind, std::uint16_t code, std::string_view text);
    void end_if_done(std::uint64_t id);

    Lines lines_;
    std::unordered_map<std::uint64_t, Command> commands_;
    std::vector<Outcome> outcomes_;
    std::uint64_t next_label_ = 1;
    std::uint64_t fence_ = 0;  // 0: none is on its way.
};

}  // namespace millrace::chat::irc
