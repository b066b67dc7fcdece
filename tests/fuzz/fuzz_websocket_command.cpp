// Any bytes as a consumer's command that accepts a connection, and as a handshake before it: what is let through asks
// for a subprotocol that was offered, and writes no header line that it did not mean to.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/websocket/handshake.hpp"
#include "adapters/websocket/normalise.hpp"

namespace {

using namespace millrace::websocket;

void require(bool condition) {
    if (!condition) std::abort();
}

bool is_of_one_line(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos; }

void try_command(std::string_view bytes, const Request& request) {
    const std::optional<Acceptance> acceptance = acceptance_of(bytes);
    if (!acceptance || !fault_of(*acceptance, request).empty()) return;
    const auto& offered = request.subprotocols;
    require(acceptance->subprotocol.empty() || std::ranges::count(offered, acceptance->subprotocol) != 0);
    for (const auto& [name, value] : acceptance->headers) {
        require(!name.empty() && is_of_one_line(name) && name.find(':') == name.npos);
        require(is_of_one_line(value));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    Request request;
    request.subprotocols = {"chat", "millrace.ack.v1"};
    try_command(bytes, request);

    std::string copy(bytes);
    millrace::Input input{copy.data(), copy.data() + copy.size()};
    Handshake handshake(4096);
    const Handshake::Step step = handshake.feed(input);
    if (step == Handshake::Step::ready) {
        const Opening opening = normalise(handshake.request(), {"192.0.2.1", 1}, {"192.0.2.2", 80}, "0.0.0.0:80");
        require(std::ranges::all_of(opening.attributes, [](const auto& each) { return !each.value.empty(); }));
    } else if (step == Handshake::Step::refused) {
        require(to_response(handshake.refusal()).starts_with("HTTP/1.1 "));
    }
    return 0;
}
