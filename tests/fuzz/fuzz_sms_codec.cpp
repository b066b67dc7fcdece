// Any request of any provider: it is refused, or read, and what comes of it can be serialised.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sms/normalise.hpp"
#include "adapters/sms/reply.hpp"
#include "millrace/v1/message.pb.h"

namespace {

using namespace millrace;
using namespace millrace::sms;

void require(bool condition) {
    if (!condition) std::abort();
}

void check(const Event& event, const Provider& provider) {
    require(event.body.has_inbound() != event.body.has_delivery());
    require(event.body.event_key().starts_with(provider.name));
    require(event.body.event_key().size() > provider.name.size() + 1);
    std::string out;
    append_fields(out, event, scope_of(event.service(), event.remote()));
    v1::ChannelMessage message;
    message.set_text(event.text);
    require(message.SerializeAsString().size() >= event.text.size());
    require(message.ParseFromString(out) && message.sms().provider() == provider.name);
    require(scope_of(event.service(), event.remote()).find('/') != std::string::npos);
    if (event.is_message() && event.body.inbound().has_part())
        require(event.body.inbound().part().number() <= event.body.inbound().part().total());
    require(xml_escaped(event.text).find('<') == std::string::npos);
}

// Also as the answer to a request of ours.
void check_answer(const Provider& provider, std::string_view bytes) {
    for (const int status : {200, 400, 503}) {
        HttpAnswer http;
        http.reach = HttpAnswer::Reach::answered;
        http.status = status;
        http.body = bytes;
        require(answer_of(provider.details, http).fate != Fate::sent || status == 200);
    }
}

}  // namespace

// The first byte is the provider, the second the type of the content; what follows up to a line break is the query.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const Provider& provider = providers()[data[0] % providers().size()];
    constexpr std::string_view kTypes[] = {"application/x-www-form-urlencoded", "application/json", "text/plain",
                                           "application/json; charset=utf-16"};
    std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    const std::size_t line = std::min(bytes.find('\n'), bytes.size());
    const std::string url = "https://sms.example.com/in?" + std::string(bytes.substr(0, line));
    bytes.remove_prefix(std::min(line + 1, bytes.size()));
    const Header headers[] = {{"content-type", kTypes[data[1] % 4]}};
    Payload payload;
    const Fault fault = payload.decode({bytes.empty() ? "GET" : "POST", url, headers, bytes});
    if (fault) {
        require(!fault.text.empty() && (fault.status == 400 || fault.status == 415));
        return 0;
    }
    Verdict verdict;
    verdict.scheme = find_scheme("none");
    std::vector<Event> events;
    const Reading reading = normalise(provider, payload, verdict, {}, events);
    require(events.empty() == (reading != Reading::taken));
    for (const Event& event : events) check(event, provider);
    check_answer(provider, bytes);
    return 0;
}
