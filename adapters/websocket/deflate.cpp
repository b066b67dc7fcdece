#include "adapters/websocket/deflate.hpp"

#include <algorithm>
#include <boost/beast/zlib/deflate_stream.hpp>
#include <boost/beast/zlib/inflate_stream.hpp>
#include <charconv>
#include <span>
#include <vector>

#include "adapters/common/header_list.hpp"

namespace millrace::websocket {
namespace zlib = boost::beast::zlib;
using error_code = boost::system::error_code;

namespace {

constexpr int kWindowBitsMax = 15;
constexpr int kLevel = 3;
constexpr int kMemory = 8;
constexpr std::size_t kCompressedMin = 64;  // below it a message rarely gets smaller
constexpr std::size_t kInflatedMin = 256;
constexpr std::size_t kKeptBytesMax = 1 << 20;
constexpr int kEndOfBlock = 128;                      // of zlib's data_type
constexpr std::string_view kTail("\0\0\xff\xff", 4);  // RFC 7692 §7.2.1: left out of what is sent

// 8 to 15, without leading zeros; 0 for anything else.
int bits_of(std::string_view text) {
    int bits = 0;
    const char* end = text.data() + text.size();
    const auto [stop, status] = std::from_chars(text.data(), end, bits);
    const bool is_canonical = status == std::errc() && stop == end && text[0] != '0';
    return is_canonical && bits >= 8 && bits <= kWindowBitsMax ? bits : 0;
}

// The parameters of one offer; nothing where one is unknown, stands twice or has an impossible value.
std::optional<DeflateTerms> terms_of(std::span<const std::string_view> parameters) {
    constexpr std::string_view kNames[] = {"server_no_context_takeover", "client_no_context_takeover",
                                           "server_max_window_bits", "client_max_window_bits"};
    enum { kServerBits = 2, kClientBits = 3 };
    DeflateTerms terms{kWindowBitsMax};
    unsigned seen = 0;
    for (const std::string_view parameter : parameters) {
        const std::vector<std::string_view> sides = split_list(parameter, '=');
        const auto* found = std::find(std::begin(kNames), std::end(kNames), sides[0]);
        const auto index = found - std::begin(kNames);
        if (found == std::end(kNames) || (seen & 1U << index) != 0 || sides.size() > 2) return std::nullopt;
        seen |= 1U << index;
        const bool has_value = sides.size() == 2;
        const int bits = has_value ? bits_of(unquoted(sides[1])) : 0;
        const bool is_good = index == kServerBits   ? bits > 8
                             : index == kClientBits ? bits != 0 || !has_value
                                                    : !has_value;
        if (!is_good) return std::nullopt;
        if (index == kServerBits) terms.window_bits = bits;
    }
    return terms;
}

// To exactly that capacity: a string's own way may take twice as much.
void grow(std::string& text, std::size_t size) {
    std::string larger;
    larger.reserve(size);
    larger.append(text).resize(size);
    text.swap(larger);
}

}  // namespace

std::optional<DeflateTerms> negotiate_deflate(std::string_view extensions) {
    for (const std::string_view offer : split_list(extensions, ',')) {
        const std::vector<std::string_view> parts = split_list(offer, ';');
        if (parts[0] != "permessage-deflate") continue;
        if (const std::optional<DeflateTerms> terms = terms_of(std::span(parts).subspan(1))) return terms;
    }
    return std::nullopt;
}

std::string to_header(const DeflateTerms& terms) {
    std::string text = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    if (terms.window_bits < kWindowBitsMax) text += "; server_max_window_bits=" + std::to_string(terms.window_bits);
    return text;
}

struct Deflate::Streams {
    zlib::inflate_stream in;
    zlib::deflate_stream out;
};

Deflate::Deflate() : streams_(std::make_unique<Streams>()) {}
Deflate::~Deflate() = default;

Deflate::Inflated Deflate::inflate(std::string_view payload, std::size_t bytes_max, std::string& out) {
    streams_->in.reset(kWindowBitsMax);
    out.clear();
    if (payload.empty()) return Inflated::whole;
    std::size_t size = 0;
    bool is_at_end_of_block = false;
    for (const std::string_view part : {payload, kTail}) {
        zlib::z_params state;
        state.next_in = part.data();
        state.avail_in = part.size();
        for (;;) {
            if (size == out.size())
                grow(out, std::min(std::max({2 * size, 4 * part.size(), kInflatedMin}), bytes_max + 1));
            state.next_out = out.data() + size;
            state.avail_out = out.size() - size;
            const std::size_t left = state.avail_in;
            error_code error;
            streams_->in.write(state, zlib::Flush::sync, error);
            const bool is_stuck = state.avail_in == left && size == out.size() - state.avail_out && left != 0;
            size = out.size() - state.avail_out;
            is_at_end_of_block = (state.data_type & kEndOfBlock) != 0 || error == zlib::error::end_of_stream;
            if (size > bytes_max) return Inflated::too_large;
            if (error == zlib::error::end_of_stream)
                streams_->in.reset(kWindowBitsMax);
            else if (is_stuck || (error && error != zlib::error::need_buffers))
                return Inflated::broken;
            if (state.avail_in == 0 && state.avail_out != 0) break;
        }
    }
    out.resize(size);
    return is_at_end_of_block ? Inflated::whole : Inflated::broken;
}

std::optional<std::string_view> Deflate::compress(const DeflateTerms& terms, std::string_view text) {
    if (text.size() < kCompressedMin) return std::nullopt;
    streams_->out.reset(kLevel, terms.window_bits, kMemory, zlib::Strategy::normal);
    if (compressed_.capacity() > kKeptBytesMax) compressed_ = {};
    compressed_.resize(streams_->out.upper_bound(text.size()) + 16);
    zlib::z_params state;
    state.next_in = text.data();
    state.avail_in = text.size();
    state.next_out = compressed_.data();
    state.avail_out = compressed_.size();
    error_code error;
    streams_->out.write(state, zlib::Flush::sync, error);
    const std::string_view whole(compressed_.data(), compressed_.size() - state.avail_out);
    if (error || state.avail_in != 0 || !whole.ends_with(kTail) || whole.size() - kTail.size() >= text.size())
        return std::nullopt;
    return whole.substr(0, whole.size() - kTail.size());
}

}  // namespace millrace::websocket
