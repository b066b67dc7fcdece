#include "adapters/common/http/chunk_reader.hpp"

#include <algorithm>

#include "adapters/common/http/grammar.hpp"

namespace millrace::http {
namespace {

// Or -1.
int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

Fault ChunkReader::read(Input& input, std::string& body) {
    while (input.size() != 0 && state_ != State::done) {
        if (state_ == State::data) {
            read_data(input, body);
            continue;
        }
        const Fault fault = step(*input.begin);
        if (fault != Fault::none) return fault;
        ++input.begin;
    }
    return Fault::none;
}

void ChunkReader::read_data(Input& input, std::string& body) {
    const std::size_t size = std::min(size_, input.size());
    body.append(input.begin, size);
    input.begin += size;
    size_ -= size;
    if (size_ == 0) state_ = State::data_return;
}

Fault ChunkReader::step(char c) {
    switch (state_) {
        case State::size_begin:
        case State::size:
            return in_size(c);
        case State::size_blank:
        case State::extension:
            return in_extension(c);
        case State::size_end:
            return c == '\n' ? end_size_line() : Fault::chunk;
        case State::data_return:
            return go_on_if(c == '\r', State::data_end);
        case State::data_end:
            return go_on_if(c == '\n', State::size_begin);
        case State::end:
            return go_on_if(c == '\n', State::done);
        default:
            return in_trailer(c);
    }
}

Fault ChunkReader::in_size(char c) {
    const int digit = hex_digit(c);
    if (digit >= 0) {
        if (++size_digits_ > kSizeDigitsMax) return Fault::chunk;
        size_ = size_ * 16 + static_cast<std::size_t>(digit);
        state_ = State::size;
        return Fault::none;
    }
    if (state_ == State::size_begin) return Fault::chunk;
    if (c == '\r') return go_on_if(true, State::size_end);
    state_ = State::size_blank;
    return in_extension(c);
}

Fault ChunkReader::in_extension(char c) {
    if (c == '\r' && state_ == State::extension) return go_on_if(true, State::size_end);
    if (++extension_bytes_ > kExtensionBytesMax) return Fault::chunk_extensions;
    if (state_ == State::size_blank && c == ';') state_ = State::extension;
    return state_ == State::extension ? go_on_if(is(kFieldValue, c), state_) : go_on_if(is_blank(c), state_);
}

Fault ChunkReader::end_size_line() {
    size_digits_ = 0;
    if (size_ == 0) return go_on_if(true, State::trailer_begin);
    if (size_ > limits_.body_bytes_max - body_bytes_) return Fault::body_too_large;
    body_bytes_ += size_;
    return go_on_if(true, State::data);
}

Fault ChunkReader::in_trailer(char c) {
    if (++trailer_bytes_ > limits_.head_bytes_max) return Fault::head_too_large;
    switch (state_) {
        case State::trailer_begin:
            if (c == '\r') return go_on_if(true, State::end);
            return is_blank(c)     ? Fault::folded_header
                   : is(kToken, c) ? go_on_if(true, State::trailer_name)
                                   : Fault::header_name;
        case State::trailer_name:
            if (is(kToken, c)) return Fault::none;
            if (c != ':') return Fault::header_name;
            return go_on_if(true, State::trailer_value);
        case State::trailer_value:
            if (is(kFieldValue, c)) return Fault::none;
            if (c != '\r') return c == '\n' ? Fault::line_end : Fault::header_value;
            return go_on_if(true, State::trailer_end);
        default:
            if (c != '\n') return Fault::header_value;
            return go_on_if(true, State::trailer_begin);
    }
}

Fault ChunkReader::go_on_if(bool condition, State next) {
    if (!condition) return Fault::chunk;
    state_ = next;
    return Fault::none;
}

void ChunkReader::reset() {
    size_ = size_digits_ = body_bytes_ = extension_bytes_ = trailer_bytes_ = 0;
    state_ = State::size_begin;
}

}  // namespace millrace::http
