#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/common/input.hpp"
#include "adapters/websocket/deflate.hpp"
#include "adapters/websocket/server_frames.hpp"

// RFC 6455 framing, the server's side, without I/O: bytes in, messages and answering bytes out.
//
// Two ways lead through it. A whole, final, masked data frame between two messages is decoded where it lies, many in a
// row (take_whole). All else (fragments, large frames, what is malformed) goes through Boost.Beast, over memory in
// place of a socket (take); it is made when first needed, so that most connections never have one. A compressed frame
// is one of data to Beast, and inflated when its message is whole.
namespace millrace::websocket {

struct CodecLimits {
    std::size_t message_bytes;
    std::uint32_t fragments;   // of one message
    std::size_t buffer_bytes;  // the most that a caller can offer at once; larger frames are taken in parts
};

struct Frame {
    char* begin;  // where its head lies
    std::string_view payload;
    bool is_text;
};

class Codec {
  public:
    enum class Step {
        need_more,  // nothing could be taken
        progress,   // a control frame (the pong to a ping is in the output), or a part of a message
        message,    // message() has it, until release()
        closed,     // the peer's close frame came: ending(); the answer is in the output
        failed,     // the peer broke the protocol or a limit: ending(); the close frame is in the output
    };
    struct Ending {
        std::uint16_t code = 0;
        std::string text;
    };
    using Headers = std::vector<std::pair<std::string, std::string>>;

    // The executor is what Beast asks its layers for; nothing runs on it. It outlives the codec.
    Codec(const boost::asio::any_io_executor& executor, const CodecLimits& limits);
    ~Codec();

    // The 101 response.
    void accept(std::string_view key, std::string_view subprotocol, const Headers& headers, std::string& out);

    // Before the first frame: messages may be compressed. `deflate` outlives the codec.
    void allow_compression(Deflate& deflate) { deflate_ = &deflate; }

    // Whole messages from the front; the payloads lie in the input, unmasked. The input that a frame was taken from may
    // be offered again, and gives the same.
    std::size_t take_whole(Input& input, std::span<Frame> frames);

    // The next step where take_whole returned 0. After `closed` and `failed` only skip_to_close may follow.
    Step take(Input& input, std::string& out);

    Frame message() const { return {nullptr, {message_.data(), message_size_}, message_is_text_}; }
    void release();

    // For input that waits: answers the whole, well-formed pings in it and takes them out, and pongs. Whatever else is
    // there stays, in its order.
    void take_pings(Input& input, std::string& out);

    const Ending& ending() const { return ending_; }

    // After a close frame was written: throws away what comes before the peer's, and returns whether that is there.
    bool skip_to_close(Input& input);

  private:
    struct Stream;
    struct Head;

    bool is_plain(const Head& head) const;
    bool is_compressed(const Head& head) const;
    Step take_control(const Head& head, Input& input, std::string& out);
    Step take_close(std::string_view payload, std::string& out);
    Step take_compressed(const Head& head, Input& input, std::string& out);
    Step feed(const Head* head, Input& input, std::string& out);
    Step read(std::size_t payload_size, std::string& out);
    Step finish_message(std::string& out);
    Step inflate(std::string_view payload, std::string& out);
    Step fail(std::uint16_t code, std::string text, std::string& out);
    Stream& stream();

    const boost::asio::any_io_executor& executor_;
    CodecLimits limits_;
    Deflate* deflate_ = nullptr;
    std::unique_ptr<Stream> stream_;
    std::string message_;           // the fragments so far
    std::size_t message_size_ = 0;  // how much of it is filled
    std::uint64_t frame_left_ = 0;  // payload of the frame in hand that has not come yet
    std::uint32_t fragments_ = 0;   // frames of the message in hand; 0 between two messages
    bool frame_is_final_ = false;
    bool message_is_text_ = false;
    bool message_is_compressed_ = false;
    bool message_is_ready_ = false;
    Ending ending_;
};

}  // namespace millrace::websocket
