#pragma once

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "adapters/websocket/codec.hpp"
#include "tests/unit/adapters/websocket/raw_client.hpp"

// What tests of the codec share: something that reads as a session does, and what came of it.
namespace millrace::websocket {

using test::close_payload;
using test::frame;

inline constexpr CodecLimits kLimits{100'000, 8, 1024};
inline const std::string euro = "\xE2\x82\xAC";

inline const boost::asio::any_io_executor& executor() {
    static boost::asio::io_context context;
    static const boost::asio::any_io_executor kExecutor = context.get_executor();
    return kExecutor;
}

// What came out of a codec: "t:..." and "d:..." for messages, then how it ended, and the bytes it wants to send.
struct Transcript {
    std::vector<std::string> events;
    std::string out;

    bool operator==(const Transcript&) const = default;
};

inline std::ostream& operator<<(std::ostream& stream, const Transcript& transcript) {
    for (const std::string& event : transcript.events) {
        stream << '[' << (event.size() > 80 ? event.substr(0, 80) + "..." : event) << "] ";
    }
    return stream << testing::PrintToString(transcript.out);
}

// Does with a codec what a session does.
class Reader {
  public:
    explicit Reader(const CodecLimits& limits = kLimits, Deflate* deflate = nullptr)
        : limits_(limits), codec_(executor(), limits) {
        if (deflate) codec_.allow_compression(*deflate);
    }

    void read(std::string_view bytes) {
        if (is_over_) return;
        buffer_ += bytes;
        ASSERT_LE(buffer_.size(), limits_.buffer_bytes + bytes.size());
        Input input{buffer_.data(), buffer_.data() + buffer_.size()};
        while (!is_over_ && step(input)) {
        }
        buffer_.erase(0, static_cast<std::size_t>(input.begin - buffer_.data()));
    }

    Transcript transcript;

  private:
    bool step(Input& input) {
        std::array<Frame, 3> frames;
        const std::size_t count = codec_.take_whole(input, frames);
        for (std::size_t i = 0; i < count; ++i) add(frames[i]);
        if (count > 0) return true;
        switch (codec_.take(input, transcript.out)) {
            case Codec::Step::need_more:
                return false;
            case Codec::Step::progress:
                return true;
            case Codec::Step::message:
                add(codec_.message());
                codec_.release();
                return true;
            case Codec::Step::closed:
                return end("closed ");
            case Codec::Step::failed:
                return end("failed ");
        }
        return false;
    }

    void add(const Frame& frame) {
        transcript.events.push_back((frame.is_text ? "t:" : "d:") + std::string(frame.payload));
    }
    bool end(const std::string& how) {
        is_over_ = true;
        transcript.events.push_back(how + std::to_string(codec_.ending().code) +
                                    (how == "closed " ? " " + codec_.ending().text : ""));
        return false;
    }

    CodecLimits limits_;
    Codec codec_;
    std::string buffer_;
    bool is_over_ = false;
};

inline Transcript read_at_once(std::string_view bytes, const CodecLimits& limits = kLimits) {
    Reader reader(limits);
    reader.read(bytes);
    return reader.transcript;
}

inline Transcript read_in_chops(std::string_view bytes, std::size_t chop, const CodecLimits& limits = kLimits) {
    Reader reader(limits);
    for (std::size_t i = 0; i < bytes.size(); i += chop) reader.read(bytes.substr(i, chop));
    return reader.transcript;
}

inline std::string closing(unsigned code, std::string_view text = {}) {
    const std::string payload = close_payload(code, text);
    return "\x88" + std::string(1, static_cast<char>(payload.size())) + payload;
}

inline std::string long_text(std::size_t size) {
    std::string text(size, 'x');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 26);
    return text;
}

struct Case {
    const char* name;
    std::string bytes;
    Transcript expected;
};

inline std::string bare(std::initializer_list<int> bytes) {
    std::string text;
    for (const int byte : bytes) text += static_cast<char>(byte);
    return text;
}

inline const std::string zero_key(4, '\0');

}  // namespace millrace::websocket
