// Any request, any frame and any answer of Slack's: it is refused, or read. The first byte says which of them it is.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/chat/slack/codec.hpp"
#include "adapters/chat/slack/web_api.hpp"
#include "adapters/common/utf8.hpp"

namespace {

using namespace millrace;
using namespace millrace::chat::slack;

void require(bool condition) {
    if (!condition) std::abort();
}

void check_request(std::string_view type, std::string_view body) {
    const auto delivery = decode_request(type, body);
    if (delivery) require(delivery->body.is_object());
    if (is_ssl_check(type, body)) require(body.find("ssl") != body.npos || body.find('%') != body.npos);
}

void check_frame(std::string_view text) {
    const auto frame = decode_frame(text);
    if (!frame) return;
    require(frame->attempt >= 0 && frame->attempt < 100);
    require((frame->kind == Frame::Kind::delivery) <= !frame->envelope_id.empty());
    const auto echo = decode_frame(acknowledgement(frame->envelope_id));
    require(echo && echo->envelope_id == frame->envelope_id);
}

void check_answer(std::string_view body) {
    for (const int status : {200, 302, 429, 500}) {
        HttpAnswer http;
        http.reach = HttpAnswer::Reach::answered;
        http.status = status;
        http.body = body;
        for (std::size_t i = 0; i < kMethods; ++i) {
            const ApiAnswer answer = answer_of(static_cast<Method>(i), http);
            require(answer.text.empty() == (answer.fate == Fate::sent));
            require(is_utf8(answer.text));
            require(answer.fate != Fate::sent || status == 200 || !answer.error.empty());
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const unsigned how = data[0] % 4;
    if (how == 0) check_request("application/json", bytes);
    if (how == 1) check_request("application/x-www-form-urlencoded", bytes);
    if (how == 2) check_frame(bytes);
    if (how == 3) check_answer(bytes);
    return 0;
}
