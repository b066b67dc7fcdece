#include "adapters/smtp/header_scan.hpp"

#include "adapters/smtp/ascii.hpp"

namespace millrace::smtp {
namespace {

constexpr std::string_view kReceived = "RECEIVED";

}  // namespace

void HeaderScan::add(std::string_view piece) {
    for (std::size_t i = 0; i < piece.size() && state_ != State::over;) {
        if (state_ == State::rest) {
            const std::size_t lf = piece.find('\n', i);
            const std::size_t end = lf == piece.npos ? piece.size() : lf + 1;
            if (lf != piece.npos) state_ = State::line_begin;
            bytes_ += end - i;
            i = end;
            continue;
        }
        if (state_ == State::line_begin) {
            begin_line(piece[i]);
        } else {
            add_to_name(piece[i]);
        }
        if (state_ == State::over) return;
        ++bytes_;
        ++i;
    }
}

void HeaderScan::begin_line(char c) {
    if ((c == ' ' || c == '\t') && fields_ != 0) {
        state_ = State::rest;
        return;
    }
    state_ = State::name;
    name_bytes_ = 0;
    is_received_ = true;
    add_to_name(c);
}

void HeaderScan::add_to_name(char c) {
    if (c == ':' && name_bytes_ != 0) {
        ++fields_;
        if (is_received_ && name_bytes_ == kReceived.size()) ++received_;
        state_ = State::rest;
        return;
    }
    if ((c == ' ' || c == '\t') && name_bytes_ != 0) {
        state_ = State::blank;
        return;
    }
    if (state_ == State::blank || c <= ' ' || c > '~' || c == ':') {
        state_ = State::over;
        return;
    }
    is_received_ = is_received_ && name_bytes_ < kReceived.size() && to_upper(c) == kReceived[name_bytes_];
    ++name_bytes_;
}

}  // namespace millrace::smtp
