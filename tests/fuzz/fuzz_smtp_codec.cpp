// Any bytes as lines, text behind DATA and chunks, in any chops: the chops make no difference, and text that is taken
// without a fault is what stands in front of the first CR LF . CR LF, its dots taken off.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/smtp/codec.hpp"

namespace {

using namespace millrace::smtp;

constexpr LineLimits kLines{64, 128, 512};
constexpr ContentLimits kContent{1024, 100, 400, 12, 4};

void require(bool condition) {
    if (!condition) std::abort();
}

class Reader {
  public:
    void read(std::string_view bytes) {
        std::string_view input = bytes;
        while (!is_over_ && step(input)) {
        }
        require(is_over_ || input.empty());
    }

    std::string transcript;

  private:
    bool step(std::string_view& input) {
        const Codec::Step step = codec_.take(input);
        switch (step) {
            case Codec::Step::need_more:
                return false;
            case Codec::Step::endless:
                is_over_ = true;
                break;
            case Codec::Step::piece:
                require(!codec_.piece().empty());
                text_ += codec_.piece();
                return true;
            case Codec::Step::end:
                end();
                break;
            case Codec::Step::line:
                require(codec_.line().size() <= 128);
                begin(std::string(codec_.line()));
                return true;
            default:
                break;
        }
        transcript += '0' + static_cast<char>(step);
        return true;
    }

    void begin(const std::string& line) {
        transcript += line + "|";
        if (line == "A") codec_.expect_auth_line();
        if (line == "D") codec_.begin_data();
        if (line.starts_with("B") && line.size() == 2) {
            codec_.begin_chunks();
            codec_.begin_chunk(static_cast<unsigned char>(line[1]), line[1] != 'x');
        }
    }

    void end() {
        codec_.finish_chunks();
        const Faults faults = codec_.faults();
        require(codec_.content_bytes() == text_.size() || text_.empty());
        for (unsigned bit = 1; bit < 256; bit *= 2) transcript += faults.has(static_cast<Fault>(bit)) ? '1' : '0';
        if (faults.are_none()) {
            require(text_.size() <= 1024 && text_.find('\0') == std::string::npos);
            for (std::size_t i = 0; i < text_.size(); ++i) {
                if (text_[i] == '\n') require(i > 0 && text_[i - 1] == '\r');
                if (text_[i] == '\r') require(i + 1 < text_.size() && text_[i + 1] == '\n');
            }
        }
        transcript += "(" + text_ + ")";
        text_.clear();
    }

    Codec codec_{kLines, kContent};
    std::string text_;
    bool is_over_ = false;
};

void compare(std::string_view bytes, std::size_t chop) {
    Reader chopped;
    Reader bytewise;
    for (std::size_t i = 0; i < bytes.size(); i += chop) chopped.read(bytes.substr(i, chop));
    for (std::size_t i = 0; i < bytes.size(); ++i) bytewise.read(bytes.substr(i, 1));
    require(chopped.transcript == bytewise.transcript);
}

std::string unstuffed(std::string_view text) {
    std::string whole = "\r\n" + std::string(text);
    for (std::size_t at = 0; (at = whole.find("\r\n.", at)) != std::string::npos; at += 2) whole.erase(at + 2, 1);
    return whole.substr(2);
}

// The rest of the input as a message, judged by other means.
void judge(std::string_view bytes) {
    const std::string whole = "\r\n" + std::string(bytes);
    const std::size_t end = whole.find("\r\n.\r\n");
    Codec codec(kLines, kContent);
    codec.begin_data();
    std::string text;
    Codec::Step step;
    while ((step = codec.take(bytes)) == Codec::Step::piece) text += codec.piece();
    require((step == Codec::Step::end) == (end != std::string::npos));
    if (step != Codec::Step::end) return;
    require(bytes == std::string_view(whole).substr(end + 5));
    if (codec.faults().are_none()) require(text == unstuffed(whole.substr(2, end)));
}

}  // namespace

// The first byte says how long the chops are.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    compare(bytes, 1 + data[0]);
    judge(bytes);
    return 0;
}
