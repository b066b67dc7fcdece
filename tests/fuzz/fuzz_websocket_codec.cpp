// Any bytes, in any chops: nothing breaks, what is called text is UTF-8, limits hold, and the chops make no difference.
#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/common/utf8.hpp"
#include "adapters/websocket/codec.hpp"

namespace {

using millrace::Input;
using millrace::websocket::Codec;
using millrace::websocket::CodecLimits;
using millrace::websocket::Deflate;
using millrace::websocket::Frame;

constexpr CodecLimits kLimits{4096, 16, 512};

void require(bool condition) {
    if (!condition) std::abort();
}

// Everything that came out, in one text.
class Reader {
  public:
    Reader(const boost::asio::any_io_executor& executor, Deflate* deflate) : codec_(executor, kLimits) {
        if (deflate) codec_.allow_compression(*deflate);
    }

    void read(std::string_view bytes) {
        if (is_over_) return;
        buffer_ += bytes;
        Input input{buffer_.data(), buffer_.data() + buffer_.size()};
        while (!is_over_ && step(input)) {
        }
        buffer_.erase(0, static_cast<std::size_t>(input.begin - buffer_.data()));
        require(is_over_ || buffer_.size() < kLimits.buffer_bytes);
    }

    std::string transcript;
    std::string out;

  private:
    bool step(Input& input) {
        std::array<Frame, 4> frames;
        const std::size_t count = codec_.take_whole(input, frames);
        for (std::size_t i = 0; i < count; ++i) add(frames[i]);
        if (count > 0) return true;
        switch (codec_.take(input, out)) {
            case Codec::Step::need_more:
                return false;
            case Codec::Step::progress:
                return true;
            case Codec::Step::message:
                add(codec_.message());
                codec_.release();
                return true;
            case Codec::Step::closed:
            case Codec::Step::failed:
                is_over_ = true;
        }
        transcript += "end " + std::to_string(codec_.ending().code) + codec_.ending().text;
        require(!out.empty());
        codec_.skip_to_close(input);
        return false;
    }

    void add(const Frame& frame) {
        require(frame.payload.size() <= kLimits.message_bytes);
        if (frame.is_text) require(millrace::is_utf8(frame.payload));
        transcript += (frame.is_text ? "t:" : "d:") + std::string(frame.payload) + "\n";
    }

    Codec codec_;
    std::string buffer_;
    bool is_over_ = false;
};

}  // namespace

// The first byte says how long the chops are, and above 127 that messages may be compressed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static boost::asio::io_context context;
    static const boost::asio::any_io_executor kExecutor = context.get_executor();
    if (size == 0) return 0;
    const std::size_t chop = 1 + data[0] % 200;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

    static Deflate deflate;
    Deflate* const agreed = data[0] > 127 ? &deflate : nullptr;
    Reader chopped(kExecutor, agreed);
    Reader bytewise(kExecutor, agreed);
    for (std::size_t i = 0; i < bytes.size(); i += chop) chopped.read(bytes.substr(i, chop));
    for (std::size_t i = 0; i < bytes.size(); ++i) bytewise.read(bytes.substr(i, 1));
    require(chopped.transcript == bytewise.transcript && chopped.out == bytewise.out);
    return 0;
}
