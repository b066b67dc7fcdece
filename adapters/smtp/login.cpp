#include "adapters/smtp/login.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "adapters/common/utf8.hpp"
#include "adapters/smtp/ascii.hpp"

namespace millrace::smtp {
namespace {

constexpr std::array<signed char, 256> kDigits = [] {
    std::array<signed char, 256> table{};
    table.fill(-1);
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < kAlphabet.size(); ++i)
        table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<signed char>(i);
    return table;
}();

bool is_name(std::string_view text) { return is_utf8(text) && std::none_of(text.begin(), text.end(), is_control); }

void wipe(std::string& secret) {
    explicit_bzero(secret.data(), secret.size());
    secret.clear();
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    std::string bytes;
    unsigned bits = 0;
    for (std::size_t i = 0; i < text.size() - padding; ++i) {
        const int digit = kDigits[static_cast<unsigned char>(text[i])];
        if (digit < 0) return std::nullopt;
        bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xFFFFFF;
        constexpr std::array<unsigned, 4> kShift = {0, 4, 2, 0};
        if (i % 4 != 0) bytes += static_cast<char>(bits >> kShift[i % 4] & 0xFF);
    }
    const unsigned unused = padding == 2 ? bits & 0xF : padding == 1 ? bits & 3 : 0;
    return unused == 0 ? std::optional(std::move(bytes)) : std::nullopt;
}

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
    std::optional<std::string> message = response == "=" ? "" : decode_base64(response);
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
