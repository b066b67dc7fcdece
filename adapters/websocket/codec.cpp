#include "adapters/websocket/codec.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstring>

#include "adapters/common/utf8.hpp"
#include "adapters/websocket/mask.hpp"

namespace millrace::websocket {
namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using error_code = boost::system::error_code;

namespace {

constexpr std::uint64_t kPayloadMax = UINT64_MAX >> 1;

// Thrown by the layer under Beast where it asks for bytes that have not come: the one way to leave its synchronous
// calls without an error that it would remember. Common frames never get there.
struct Underflow {};

// The layer under Beast: the bytes of one frame in, what Beast answers out.
struct Memory {
    using executor_type = net::any_io_executor;

    executor_type executor;
    std::string_view in{};
    std::string* out = nullptr;

    executor_type get_executor() const { return executor; }

    template <class Buffers> std::size_t read_some(const Buffers& to, error_code& error) {
        if (in.empty()) throw Underflow();
        const std::size_t size = net::buffer_copy(to, net::buffer(in.data(), in.size()));
        in.remove_prefix(size);
        error = {};
        return size;
    }
    template <class Buffers> std::size_t write_some(const Buffers& from, error_code& error) {
        std::size_t size = 0;
        for (auto at = net::buffer_sequence_begin(from); at != net::buffer_sequence_end(from); ++at) {
            const net::const_buffer piece = *at;
            out->append(static_cast<const char*>(piece.data()), piece.size());
            size += piece.size();
        }
        error = {};
        return size;
    }
    template <class Buffers> std::size_t read_some(const Buffers& to) {
        error_code ignored;
        return read_some(to, ignored);
    }
    template <class Buffers> std::size_t write_some(const Buffers& from) {
        error_code ignored;
        return write_some(from, ignored);
    }
    friend void teardown(beast::role_type, Memory&, error_code& error) { error = {}; }
    [[maybe_unused]] friend void beast_close_socket(Memory&) {}
};

std::uint16_t close_code_of(const error_code& error) {
    if (error == beast::websocket::error::message_too_big) return 1009;
    if (error == beast::websocket::error::bad_frame_payload) return 1007;
    return 1002;
}

// What is left for Beast of a request that the handshake has checked.
http::request<http::empty_body> upgrade_request(std::string_view key) {
    http::request<http::empty_body> request(http::verb::get, "/", 11);
    request.set(http::field::host, "localhost");
    request.set(http::field::upgrade, "websocket");
    request.set(http::field::connection, "upgrade");
    request.set(http::field::sec_websocket_key, {key.data(), key.size()});
    request.set(http::field::sec_websocket_version, "13");
    return request;
}

}  // namespace

struct Codec::Head {
    std::size_t size = 0;  // 0: not all of it is there
    std::uint64_t payload_size = 0;
    unsigned opcode = 0;
    unsigned reserved_bits = 0;
    bool is_final = false;
    bool is_masked = false;

    static Head of(const Input& input) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(input.begin);
        if (input.size() < 2) return {};
        Head head;
        head.payload_size = bytes[1] & 0x7fu;
        head.is_masked = (bytes[1] & 0x80) != 0;
        const std::size_t length_bytes = head.payload_size == 126 ? 2 : head.payload_size == 127 ? 8 : 0;
        const std::size_t size = 2 + length_bytes + (head.is_masked ? 4 : 0);
        if (input.size() < size) return {};
        head.size = size;
        if (length_bytes) head.payload_size = 0;
        for (std::size_t i = 0; i < length_bytes; ++i) head.payload_size = head.payload_size << 8 | bytes[2 + i];
        head.opcode = bytes[0] & 0x0fu;
        head.is_final = (bytes[0] & kFinal) != 0;
        head.reserved_bits = bytes[0] & 0x70u;
        return head;
    }

    bool is_control() const { return (opcode & 8) != 0; }
    bool has_shortest_length() const {
        const std::size_t length_bytes = size - 2 - (is_masked ? 4 : 0);
        return length_bytes == 0 || payload_size >= (length_bytes == 2 ? 126u : 65536u);
    }
    bool is_of_message() const { return opcode == kText || opcode == kBinary; }
    bool is_well_formed() const { return is_final && is_masked && reserved_bits == 0 && has_shortest_length(); }
    bool is_well_formed_control() const { return is_control() && is_well_formed() && payload_size <= kControlBytesMax; }
    bool is_in(const Input& input) const { return payload_size <= input.size() - size; }
};

struct Codec::Stream : beast::websocket::stream<Memory, false> {
    using stream::stream;
};

Codec::Codec(const net::any_io_executor& executor, const CodecLimits& limits) : executor_(executor), limits_(limits) {}
Codec::~Codec() = default;

void Codec::accept(std::string_view key, std::string_view subprotocol, const Headers& headers, std::string& out) {
    Stream stream(Memory{executor_, {}, &out});
    stream.set_option(beast::websocket::stream_base::decorator([&](beast::websocket::response_type& response) {
        response.set(http::field::server, "millrace");
        if (!subprotocol.empty())
            response.set(http::field::sec_websocket_protocol, {subprotocol.data(), subprotocol.size()});
        for (const auto& [name, value] : headers) response.insert(name, value);
    }));
    stream.accept(upgrade_request(key));
}

// A connection that needs Beast gets one in the state that follows a handshake.
Codec::Stream& Codec::stream() {
    if (stream_) return *stream_;
    std::string handshake;
    stream_ = std::make_unique<Stream>(Memory{executor_, {}, &handshake});
    stream_->read_message_max(limits_.message_bytes);
    stream_->accept(upgrade_request("AAAAAAAAAAAAAAAAAAAAAA=="));
    return *stream_;
}

// One that take_whole takes once all of it is there.
bool Codec::is_plain(const Head& head) const {
    return head.is_of_message() && head.is_well_formed() && head.payload_size <= limits_.message_bytes &&
           head.payload_size + head.size <= limits_.buffer_bytes;
}

// The first frame of a compressed message, whatever else is wrong with it.
bool Codec::is_compressed(const Head& head) const {
    return deflate_ && fragments_ == 0 && head.is_of_message() && head.reserved_bits == kCompressed;
}

std::size_t Codec::take_whole(Input& input, std::span<Frame> frames) {
    if (fragments_ != 0 || frame_left_ != 0 || message_is_ready_) return 0;
    std::size_t count = 0;
    while (count < frames.size()) {
        const Head head = Head::of(input);
        if (head.size == 0 || !is_plain(head) || !head.is_in(input)) break;
        char* payload = input.begin + head.size;
        const auto size = static_cast<std::size_t>(head.payload_size);
        const bool is_ascii = unmask(payload, size, payload - 4);
        std::memset(payload - 4, 0, 4);
        const bool is_text = head.opcode == kText;
        if (is_text && !is_ascii && !is_utf8({payload, size})) break;
        frames[count++] = {input.begin, {payload, size}, is_text};
        input.begin = payload + size;
    }
    return count;
}

Codec::Step Codec::take(Input& input, std::string& out) {
    if (message_is_ready_) return Step::message;
    if (frame_left_ != 0) return input.size() == 0 ? Step::need_more : feed(nullptr, input, out);

    const Head head = Head::of(input);
    if (head.size == 0) return Step::need_more;
    if (!head.is_in(input)) {
        const bool is_whole_later = fragments_ == 0 && is_plain(head);
        const bool is_control_later = head.is_control() && head.payload_size <= kControlBytesMax;
        if (is_whole_later || is_control_later) return Step::need_more;
    }
    if (head.payload_size > kPayloadMax) return fail(1002, "a length has its top bit", out);
    if (head.is_well_formed_control() && head.opcode <= kPong) return take_control(head, input, out);
    if (is_compressed(head)) return take_compressed(head, input, out);
    return feed(&head, input, out);
}

Codec::Step Codec::take_control(const Head& head, Input& input, std::string& out) {
    char* payload = input.begin + head.size;
    const auto size = static_cast<std::size_t>(head.payload_size);
    unmask(payload, size, payload - 4);
    input.begin = payload + size;
    if (head.opcode == kClose) return take_close({payload, size}, out);
    if (head.opcode == kPing) write_frame(out, kPong, {payload, size});
    return Step::progress;
}

Codec::Step Codec::take_close(std::string_view payload, std::string& out) {
    if (payload.empty()) {
        ending_ = {1005, {}};
        write_close(out, 1000, {});
        return Step::closed;
    }
    if (payload.size() == 1) return fail(1002, "a close code has two bytes", out);
    const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(payload[i])); };
    const unsigned code = byte(0) << 8 | byte(1);
    const std::string_view reason = payload.substr(2);
    if (!may_be_sent(code)) return fail(1002, "the close code may not be sent", out);
    if (!is_utf8(reason)) return fail(1002, "the close reason is not UTF-8", out);
    ending_ = {static_cast<std::uint16_t>(code), std::string(reason)};
    write_close(out, code, {});
    return Step::closed;
}

void Codec::take_pings(Input& input, std::string& out) {
    char* to = input.begin;
    Input rest = input;
    const auto keep = [&](std::size_t size) {
        if (to != rest.begin) std::memmove(to, rest.begin, size);
        to += size;
        rest.begin += size;
    };
    keep(static_cast<std::size_t>(std::min<std::uint64_t>(frame_left_, rest.size())));
    for (;;) {
        const Head head = Head::of(rest);
        if (head.size == 0 || !head.is_in(rest) || !head.is_masked) break;
        if (head.is_well_formed_control() && (head.opcode == kPing || head.opcode == kPong))
            take_control(head, rest, out);
        else
            keep(head.size + static_cast<std::size_t>(head.payload_size));
        if (head.opcode == kClose) break;
    }
    keep(rest.size());
    input.end = to;
}

// Many messages come whole, and need no Beast.
Codec::Step Codec::take_compressed(const Head& head, Input& input, std::string& out) {
    if (head.is_final && head.is_masked && head.has_shortest_length() && head.is_in(input) &&
        head.payload_size <= limits_.message_bytes) {
        char* payload = input.begin + head.size;
        const auto size = static_cast<std::size_t>(head.payload_size);
        unmask(payload, size, payload - 4);
        input.begin = payload + size;
        message_is_text_ = head.opcode == kText;
        return inflate({payload, size}, out);
    }
    Head plain = head;
    plain.opcode = kBinary;
    *input.begin = static_cast<char>((head.is_final ? kFinal : 0) | kBinary);
    const bool is_text = head.opcode == kText;
    message_is_compressed_ = true;
    const Step step = feed(&plain, input, out);
    message_is_text_ = is_text;
    return step;
}

Codec::Step Codec::inflate(std::string_view payload, std::string& out) {
    std::string text;
    switch (deflate_->inflate(payload, limits_.message_bytes, text)) {
        case Deflate::Inflated::too_large:
            return fail(1009, "the message is too large", out);
        case Deflate::Inflated::broken:
            return fail(1007, "the message cannot be inflated", out);
        case Deflate::Inflated::whole:
            break;
    }
    if (message_is_text_ && !is_utf8(text)) return fail(1007, "the text is not UTF-8", out);
    message_ = std::move(text);
    message_size_ = message_.size();
    message_is_ready_ = true;
    return Step::message;
}

// Gives Beast what is there of one frame: its head, where it begins, and of its payload what has come.
Codec::Step Codec::feed(const Head* head, Input& input, std::string& out) {
    std::size_t head_size = 0;
    if (head) {
        head_size = head->size;
        frame_left_ = head->payload_size;
        if (!head->is_control()) {
            if (++fragments_ > limits_.fragments) return fail(1008, "too many fragments", out);
            if (fragments_ == 1) message_is_text_ = head->opcode == kText;
            frame_is_final_ = head->is_final;
        }
    }
    const std::uint64_t payload_size = std::min<std::uint64_t>(frame_left_, input.size() - head_size);
    stream().next_layer().in = {input.begin, head_size + static_cast<std::size_t>(payload_size)};
    stream().next_layer().out = &out;
    input.begin += head_size + payload_size;
    frame_left_ -= payload_size;
    return read(static_cast<std::size_t>(payload_size), out);
}

Codec::Step Codec::read(std::size_t payload_size, std::string& out) {
    const std::size_t target = message_size_ + payload_size;
    message_.resize(std::max<std::size_t>(target, 1));
    error_code error;
    try {
        do {
            message_size_ += stream_->read_some(net::buffer(message_) + message_size_, error);
        } while (!error && message_size_ < target);
    } catch (const Underflow&) {
        return Step::progress;
    }
    if (error) {
        ending_ = {close_code_of(error), error.message()};
        return Step::failed;
    }
    if (!frame_is_final_ || frame_left_ != 0) return Step::progress;
    return finish_message(out);
}

// Beast leaves a text that ends within a character alone where its last frame is empty.
Codec::Step Codec::finish_message(std::string& out) {
    fragments_ = 0;
    if (std::exchange(message_is_compressed_, false)) return inflate({message_.data(), message_size_}, out);
    if (message_is_text_ && !is_utf8({message_.data(), message_size_})) return fail(1007, "the text is not UTF-8", out);
    message_is_ready_ = true;
    return Step::message;
}

void Codec::release() {
    message_ = {};
    message_size_ = 0;
    message_is_ready_ = false;
    stream_.reset();
}

Codec::Step Codec::fail(std::uint16_t code, std::string text, std::string& out) {
    ending_ = {code, std::move(text)};
    message_ = {};
    write_close(out, code, ending_.text);
    return Step::failed;
}

bool Codec::skip_to_close(Input& input) {
    for (;;) {
        const std::uint64_t skipped = std::min<std::uint64_t>(frame_left_, input.size());
        input.begin += skipped;
        frame_left_ -= skipped;
        if (frame_left_ != 0) return false;
        const Head head = Head::of(input);
        if (head.size == 0) return false;
        if (head.opcode == kClose && !head.is_in(input)) return head.payload_size > kControlBytesMax;
        input.begin += head.size;
        frame_left_ = head.payload_size;
        if (head.opcode == kClose) return true;
    }
}

}  // namespace millrace::websocket
