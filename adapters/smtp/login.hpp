#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/smtp/reply.hpp"

// The two mechanisms of AUTH (RFC 4954): PLAIN (RFC 4616) and LOGIN, which asks for a name and a password in turn.
namespace millrace::smtp {

struct Credentials {
    std::string mechanism;  // "PLAIN" or "LOGIN"
    std::string user;       // who they say they are; UTF-8 without control characters, not empty
    std::string authority;  // who they want to act as; empty: themselves
    std::string password;   // any octets but NUL

    // Leaves nothing of the password in memory.
    void wipe();
};

// The exchange of one AUTH command. Nothing of what is said in it is kept once it is over, and nothing is logged.
class Login {
  public:
    // A mechanism's name in any case. Returns Reply::ok, or why it cannot begin.
    Reply begin(std::string_view mechanism);

    // What the client says: the initial response ("=": empty), or the answer to a challenge. Returns the next challenge
    // (class 3), Reply::ok when credentials() are complete, or why the exchange is over.
    Reply take(std::string_view response);
    // There is no initial response: the first challenge.
    Reply challenge() const;

    Credentials& credentials() { return credentials_; }

  private:
    enum class Expected { plain, user, password };

    Reply take_plain(std::string_view message);

    Expected expected_ = Expected::plain;
    Credentials credentials_;
};

}  // namespace millrace::smtp
