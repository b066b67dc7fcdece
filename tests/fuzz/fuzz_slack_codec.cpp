// Any request, any frame and any answer of Slack's: it is refused, or read, also as a page of a room's history. The
// first byte says which of them it is.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/chat/slack/codec.hpp"
#include "adapters/chat/slack/normalise.hpp"
#include "adapters/chat/slack/room_history.hpp"
#include "adapters/chat/slack/timestamp.hpp"
#include "adapters/chat/slack/web_api.hpp"
#include "adapters/common/utf8.hpp"

namespace {

using namespace millrace;
using namespace millrace::chat::slack;

const Self self{"U0", "B0", "T1", "Team", "millrace"};

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

// A server may say of each page that another follows.
void check_history(const boost::json::value& body) {
    RoomHistory history("C1", 1'000'000);
    for (int page = 0; page < 3 && history.take(JsonView(body)); ++page) {
        const Call call = history.call(0);
        require((call.method == Method::replies) == history.is_in_thread());
    }
    std::uint64_t before_us = 1'000'000;
    for (const boost::json::value& message : history.messages()) {
        const std::uint64_t at_us = microseconds_of(JsonView(message)["ts"].text());
        require(at_us > before_us && at_us <= history.until_us());
        before_us = at_us;
        Event event;
        if (normalise(as_delivery("C1", message), self, {}, event) == Reading::taken) require(event.channel == "C1");
    }
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
            if (status == 200 && static_cast<Method>(i) == Method::history) check_history(answer.body);
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
