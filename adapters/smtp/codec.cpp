#include "adapters/smtp/codec.hpp"

#include <algorithm>
#include <cstring>

#include "adapters/smtp/ascii.hpp"

namespace millrace::smtp {
namespace {

constexpr std::size_t kKeptBytesMax = 1024;
constexpr char kTlsHandshake = 0x16;

}  // namespace

Codec::Step Codec::take(std::string_view& input) {
    switch (mode_) {
        case Mode::lines:
            return take_line(input);
        case Mode::data:
            return take_data(input);
        case Mode::chunk:
            break;
    }
    return take_chunk(input);
}

Codec::Step Codec::take_line(std::string_view& input) {
    if (is_partial_given_) {
        // It may have been a password.
        explicit_bzero(partial_.data(), partial_.size());
        partial_.clear();
        if (partial_.capacity() > kKeptBytesMax) partial_.shrink_to_fit();
        is_partial_given_ = false;
    }
    if (input.empty()) return Step::need_more;
    if (skipped_bytes_ != 0) return skip_line(input);
    if (partial_.empty() && input.front() == kTlsHandshake) {
        taken_ = input.substr(0, 1);
        input.remove_prefix(1);
        return Step::line;
    }
    const std::size_t lf = input.find('\n');
    if (lf != input.npos && partial_.empty()) {
        const std::string_view whole = input.substr(0, lf + 1);
        if (whole.size() > line_limit(whole)) return skip_line(input);
        input.remove_prefix(whole.size());
        return give_line(whole);
    }
    // As much as shows whether it is too long.
    const std::size_t wanted = std::min(lf == input.npos ? input.size() : lf + 1, lines_.auth_bytes_max + 1);
    const std::size_t before = partial_.size();
    partial_.append(input.substr(0, wanted));
    if (partial_.size() > line_limit(partial_)) {
        skipped_bytes_ = before;
        is_partial_given_ = true;
        return skip_line(input);
    }
    input.remove_prefix(wanted);
    if (lf == input.npos || partial_.back() != '\n') return Step::need_more;
    is_partial_given_ = true;
    return give_line(partial_);
}

std::size_t Codec::line_limit(std::string_view whole) const {
    return is_auth_line_ || starts_with_word(whole, "AUTH ") ? lines_.auth_bytes_max : lines_.command_bytes_max;
}

Codec::Step Codec::give_line(std::string_view whole) {
    is_auth_line_ = false;
    if (!whole.ends_with("\r\n")) return Step::bad_line;
    taken_ = whole.substr(0, whole.size() - 2);
    return Step::line;
}

Codec::Step Codec::skip_line(std::string_view& input) {
    const std::size_t lf = input.find('\n');
    const std::size_t bytes = lf == input.npos ? input.size() : lf + 1;
    skipped_bytes_ += bytes;
    input.remove_prefix(bytes);
    if (skipped_bytes_ > lines_.skipped_bytes_max) return Step::endless;
    if (lf == input.npos) return Step::need_more;
    skipped_bytes_ = 0;
    is_auth_line_ = false;
    return Step::long_line;
}

void Codec::begin_data() {
    mode_ = Mode::data;
    reader_.begin(DataReader::Form::dotted);
    check_.begin();
}

void Codec::begin_chunks() {
    reader_.begin(DataReader::Form::chunks);
    check_.begin();
}

void Codec::begin_chunk(std::uint64_t bytes, bool is_wanted) {
    mode_ = Mode::chunk;
    chunk_left_ = bytes;
    is_chunk_wanted_ = is_wanted;
}

Codec::Step Codec::take_data(std::string_view& input) {
    switch (reader_.take(input, taken_)) {
        case DataReader::Step::need_more:
            return Step::need_more;
        case DataReader::Step::piece:
            check_.add(taken_);
            return Step::piece;
        case DataReader::Step::end:
            break;
    }
    mode_ = Mode::lines;
    return Step::end;
}

Codec::Step Codec::take_chunk(std::string_view& input) {
    std::string_view part =
        input.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, input.size())));
    input.remove_prefix(part.size());
    chunk_left_ -= part.size();
    if (!part.empty() && is_chunk_wanted_) {
        reader_.take(part, taken_);
        check_.add(taken_);
        return Step::piece;
    }
    if (chunk_left_ != 0) return Step::need_more;
    mode_ = Mode::lines;
    return Step::end;
}

Faults Codec::faults() const {
    Faults faults = check_.faults();
    faults.add(reader_.faults());
    return faults;
}

}  // namespace millrace::smtp
