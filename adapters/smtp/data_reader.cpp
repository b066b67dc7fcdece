#include "adapters/smtp/data_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace millrace::smtp {
namespace {

// Vector extensions of GCC and Clang: a lane is all ones where a comparison is true.
constexpr std::ptrdiff_t kBlockBytes = 16;
typedef signed char Block __attribute__((vector_size(kBlockBytes)));

Block load(const char* at) {
    Block block;
    std::memcpy(&block, at, sizeof block);
    return block;
}

bool is_any(Block lanes) {
    std::uint64_t words[2];
    std::memcpy(words, &lanes, sizeof words);
    return (words[0] | words[1]) != 0;
}

// Whether a NUL, a bare CR or LF, or a line that begins with a dot is in the block at `at`. The bytes before and behind
// it are looked at too.
bool is_irregular(const char* at) {
    const Block before = load(at - 1);
    const Block block = load(at);
    const Block after = load(at + 1);
    const Block is_lf = block == '\n';
    const Block is_lost_cr = (block == '\r') & (after != '\n');
    const Block is_lost_lf = is_lf & (before != '\r');
    const Block is_dot_line = is_lf & (after == '.');
    return is_any(is_lost_cr | is_lost_lf | is_dot_line | (block == '\0'));
}

}  // namespace

void DataReader::begin(Form form) {
    state_ = State::line_begin;
    form_ = form;
    faults_ = {};
}

// A byte that is neither the first of a line nor behind a CR, and the regular blocks after it. Where the last of them
// ends with a line, no dot follows: it makes no difference that a line begins.
const char* DataReader::take_text(const char* at, const char* end) {
    const char c = *at++;
    if (c == '\r') {
        state_ = State::cr;
        return at;
    }
    state_ = State::text;
    if (c == '\n') {
        faults_.add(Fault::bare_lf);
        return at;
    }
    if (c == '\0') faults_.add(Fault::has_nul);
    const char* const begin = at;
    while (end - at > kBlockBytes && !is_irregular(at)) at += kBlockBytes;
    if (at != begin && at[-1] == '\r') state_ = State::cr;
    return at;
}

DataReader::Step DataReader::take(std::string_view& input, std::string_view& piece) {
    const char* at = input.data();
    const char* const end = at + input.size();
    const char* begin = at;
    const auto finish = [&](Step step) {
        input = {at, static_cast<std::size_t>(end - at)};
        return step;
    };
    const auto give = [&](const char* piece_end) {
        piece = {begin, static_cast<std::size_t>(piece_end - begin)};
        return finish(piece.empty() ? Step::need_more : Step::piece);
    };
    while (at != end) {
        switch (state_) {
            case State::line_begin:
                if (*at != '.' || form_ == Form::chunks) {
                    at = take_text(at, end);
                    break;
                }
                if (at != begin) return give(at);
                begin = ++at;
                state_ = State::dot;
                break;
            case State::text:
                at = take_text(at, end);
                break;
            case State::cr:
                if (*at == '\n') {
                    ++at;
                    state_ = State::line_begin;
                } else {
                    faults_.add(Fault::bare_cr);
                    state_ = State::text;
                }
                break;
            case State::dot:
                if (*at == '\r') {
                    begin = ++at;
                    state_ = State::dot_cr;
                } else {
                    state_ = State::text;
                }
                break;
            case State::dot_cr:
                if (*at == '\n') {
                    ++at;
                    return finish(Step::end);
                }
                faults_.add(Fault::bare_cr);
                state_ = State::text;
                break;
        }
    }
    return give(end);
}

void DataReader::finish() {
    if (state_ == State::cr) faults_.add(Fault::bare_cr);
}

}  // namespace millrace::smtp
