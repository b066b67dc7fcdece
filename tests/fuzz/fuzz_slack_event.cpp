// Anything that Slack may bring, as a request or over a connection: what comes of it can be serialised, and has its
// spans within its text. The first byte says what the rest is: JSON, a form, a frame, or mrkdwn alone.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/chat/common/normal_form.hpp"
#include "adapters/chat/slack/codec.hpp"
#include "adapters/chat/slack/mrkdwn.hpp"
#include "adapters/chat/slack/normalise.hpp"
#include "adapters/common/utf8.hpp"
#include "millrace/v1/message.pb.h"

namespace {

using namespace millrace;
using namespace millrace::chat;
using namespace millrace::chat::slack;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kForm = "application/x-www-form-urlencoded";
const Self self{"U0", "B0", "T1", "Team", "millrace"};

class Few final : public Names {
  public:
    std::string_view person(std::string_view id) const override { return id.size() % 2 ? "Ada" : ""; }
    std::string_view room(std::string_view id) const override { return id.size() % 2 ? "ops" : ""; }
};

void require(bool condition) {
    if (!condition) std::abort();
}

void check_spans(std::string_view text, const Spans& spans) {
    std::uint32_t begin = 0;
    for (const v1::Chat::Span& span : spans) {
        require(span.begin() >= begin);
        require(std::size_t{span.begin()} + span.size() <= text.size());
        require(is_utf8(text.substr(span.begin(), span.size())));
        begin = span.begin();
    }
}

void check(const Delivery& delivery) {
    Event event;
    if (normalise(delivery, self, "fallback", event) != Reading::taken) return;
    require(!event.channel.empty() && !event.key.empty());
    require(!event_name(event.chat).empty());
    require(!event.chat.author().id().empty());
    render(event, Few());
    require(is_utf8(event.text));
    const v1::Chat::Message& message = event.chat.has_edit() ? event.chat.edit().message() : event.chat.message();
    check_spans(event.text, message.spans());
    std::string fields = scope_fields("net", "U0", self, event, "ops", Capabilities());
    append_fields(fields, event, event.channel);
    v1::ChannelMessage whole;
    require(whole.ParseFromString(fields));
    require(whole.chat().conversation().id() == event.channel && whole.reply_to() == event.channel);
}

void check_text(std::string_view text) {
    if (!is_utf8(text)) return;
    std::string plain;
    Spans spans;
    read_mrkdwn(text, Few(), plain, spans);
    require(is_utf8(plain));
    check_spans(plain, spans);
    require(is_utf8(write_mrkdwn(plain, spans)));
    require(unescaped(escaped(text)) == text);
    for (const std::string& id : mentioned(text, 8)) require(!id.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const unsigned how = data[0] % 4;
    if (how == 3) {
        check_text(bytes);
    } else if (how == 2) {
        const auto frame = decode_frame(bytes);
        if (frame && frame->kind == Frame::Kind::delivery) check(frame->delivery);
    } else {
        const auto delivery = decode_request(how == 0 ? kJson : kForm, bytes);
        if (delivery) check(*delivery);
    }
    return 0;
}
