// Any line as a command: what is taken for an address is one that can be written again, and nothing with a control
// character comes through. The same bytes as what a client answers to a challenge.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/common/utf8.hpp"
#include "adapters/smtp/command.hpp"
#include "adapters/smtp/login.hpp"

namespace {

using namespace millrace::smtp;

void require(bool condition) {
    if (!condition) std::abort();
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; });
}

void check_path(const Command& command) {
    const Mailbox& path = command.path;
    require(!has_control(path.raw) && !has_control(path.local) && !has_control(path.domain));
    require(millrace::is_utf8(path.raw) && path.raw.size() <= 512);
    if (path.is_null()) return require(command.verb == Verb::mail);
    const std::string again = "<" + path.address() + ">";
    std::string_view rest = again;
    Mailbox second;
    const PathKind kind = command.verb == Verb::mail ? PathKind::reverse : PathKind::forward;
    // Quotes that were not needed are gone, those that are may make it longer.
    if (!take_path(rest, kind, second)) return require(again.size() > 512);
    require(rest.empty() && second.local == path.local && second.domain == path.domain);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const Command command = parse_command(bytes);
    if (command.fault == Reply::ok) {
        if (command.verb == Verb::mail || command.verb == Verb::rcpt) check_path(command);
        require(!has_control(command.argument) || command.verb == Verb::auth);
        if (command.parameters.submitter) require(!has_control(*command.parameters.submitter));
    }
    Login login;
    for (const std::string_view mechanism : {"PLAIN", "LOGIN"}) {
        require(login.begin(mechanism) == Reply::ok);
        Reply reply = login.take(bytes);
        if (class_of(reply) == kIntermediate) reply = login.take(bytes);
        if (reply != Reply::ok) continue;
        require(!login.credentials().user.empty() && !has_control(login.credentials().user));
        require(!has_control(login.credentials().authority));
        require(login.credentials().password.find('\0') == std::string::npos);
    }
    return 0;
}
