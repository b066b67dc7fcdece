#include "adapters/smtp/login.hpp"

#include <algorithm>
#include <cstring>

#include "adapters/common/base64.hpp"
#include "adapters/common/utf8.hpp"
#include "adapters/smtp/ascii.hpp"

namespace millrace::smtp {
namespace {

bool is_name(std::string_view text) { return is_utf8(text) && std::none_of(text.begin(), text.end(), is_control); }

void wipe(std::string& secret) {
    explicit_bzero(secret.data(), secret.size());
    secret.clear();
}

}  // namespace

void Credentials::wipe() { smtp::wipe(password); }

Reply Login::begin(std::string_view mechanism) {
    credentials_ = {};
    const bool is_plain = is_word(mechanism, "PLAIN");
    if (!is_plain && !is_word(mechanism, "LOGIN")) return Reply::unknown_mechanism;
    credentials_.mechanism = is_plain ? "PLAIN" : "LOGIN";
    expected_ = is_plain ? Expected::plain : Expected::user;
    return Reply::ok;
}

Reply Login::challenge() const {
    switch (expected_) {
        case Expected::plain:
            return Reply::continue_auth;
        case Expected::user:
            return Reply::ask_user;
        case Expected::password:
            break;
    }
    return Reply::ask_password;
}

Reply Login::take(std::string_view response) {
    if (response == "*") return Reply::auth_cancelled;
    std::optional<std::string> message = response == "=" ? "" : base64_decoded(response);
    if (!message) return Reply::bad_base64;
    Reply reply = Reply::ok;
    switch (expected_) {
        case Expected::plain:
            reply = take_plain(*message);
            break;
        case Expected::user:
            credentials_.user = *message;
            reply = message->empty() || !is_name(*message) ? Reply::auth_failed : Reply::ask_password;
            expected_ = Expected::password;
            break;
        case Expected::password:
            credentials_.password = *message;
            reply = message->find('\0') == message->npos ? Reply::ok : Reply::auth_failed;
            break;
    }
    wipe(*message);
    return reply;
}

// [authzid] NUL authcid NUL passwd.
Reply Login::take_plain(std::string_view message) {
    const std::size_t first = message.find('\0');
    if (first == message.npos) return Reply::bad_base64;
    const std::size_t second = message.find('\0', first + 1);
    if (second == message.npos) return Reply::bad_base64;
    credentials_.authority = message.substr(0, first);
    credentials_.user = message.substr(first + 1, second - first - 1);
    credentials_.password = message.substr(second + 1);
    const bool is_sound = !credentials_.user.empty() && is_name(credentials_.user) && is_name(credentials_.authority) &&
                          credentials_.password.find('\0') == std::string::npos;
    return is_sound ? Reply::ok : Reply::auth_failed;
}

}  // namespace millrace::smtp
