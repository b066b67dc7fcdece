// Any bytes as an IRC stream: chops make no difference, limits hold, what is read can be written again as the same, and
// all that is made of texts is UTF-8.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/irc/codec.hpp"
#include "adapters/chat/irc/ctcp.hpp"
#include "adapters/chat/irc/encoding.hpp"
#include "adapters/chat/irc/entities.hpp"
#include "adapters/chat/irc/formatting.hpp"
#include "adapters/chat/irc/server_time.hpp"
#include "adapters/chat/irc/tags.hpp"
#include "adapters/common/utf8.hpp"

namespace {

using namespace millrace::chat::irc;

void require(bool holds) {
    if (!holds) std::abort();
}

void check_text(std::string_view bytes) {
    std::string storage, plain;
    std::vector<Span> spans;
    for (const Fallback fallback : {Fallback::windows_1252, Fallback::iso_8859_1, Fallback::replacement}) {
        const std::string_view text = as_text(bytes, fallback, storage);
        require(millrace::is_utf8(text));
        const std::string_view shown = unformatted(text, plain, spans);
        add_entities(shown, "me", spans);
        require(millrace::is_utf8(shown) && shown.size() <= text.size() && spans.size() <= kSpansMax);
        for (const Span& span : spans) {
            require(span.size > 0 && span.begin + span.size <= shown.size());
            require(millrace::is_utf8(shown.substr(span.begin, span.size)));
        }
    }
    if (const auto ctcp = parse_ctcp(bytes)) {
        const auto answer = ctcp_answer(*ctcp, "v");
        require(!answer || answer->size() < 200);
    }
}

void check_line(const Line& line) {
    require(!line.command.empty() && line.size <= kParamsMax);
    Line again;
    const std::string text = text_of(line);
    require(parse_line(text, again) == LineFault::none);
    require(again.tags == line.tags && again.source == line.source && again.command == line.command);
    require(again.size == line.size);
    for (std::size_t i = 0; i < line.size; ++i) require(again.params[i] == line.params[i]);
    TagReader reader(line.tags);
    std::string storage, tags;
    for (Tag tag; reader.next(tag);) {
        const std::string_view value = unescaped(tag.value, storage);
        require(value.size() <= tag.value.size());
        parse_server_time(value);
        std::string written, second;
        if (append_tag(written, tag.key, value) != LineFault::none) continue;
        TagReader back(written);
        Tag read;
        require(back.next(read) && read.key == tag.key && unescaped(read.value, second) == value);
    }
    std::string out;
    const std::vector<std::string_view> params(line.params.begin(), line.params.begin() + line.size);
    if (write_line(out, {}, line.command, params) == LineFault::none) {
        require(out.size() <= kLineBytes && out.find('\n') == out.size() - 1);
        Line written;
        require(parse_line(std::string_view(out).substr(0, out.size() - 2), written) == LineFault::none);
        require(written.size == line.size && written.last() == line.last());
    }
    check_text(line.last());
}

std::string stream(std::string_view bytes, std::size_t chop) {
    std::string seen, buffer;
    Codec codec;
    for (std::size_t at = 0; at < bytes.size(); at += chop) {
        buffer += bytes.substr(at, chop);
        Input input{buffer.data(), buffer.data() + buffer.size()};
        for (Codec::Step step; (step = codec.take(input)) != Codec::Step::need_more;) {
            if (step == Codec::Step::malformed) {
                (seen += to_string(codec.fault())) += '\n';
                continue;
            }
            check_line(codec.line());
            (seen += text_of(codec.line())) += '\n';
        }
        buffer.erase(0, static_cast<std::size_t>(input.begin - buffer.data()));
        require(buffer.size() < kInputBytesMin);
    }
    return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    require(stream(bytes, bytes.size() + 1) == stream(bytes, 1 + data[0] % 64));
    return 0;
}
