#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/irc/line.hpp"
#include "adapters/chat/irc/session_settings.hpp"

// SASL over IRC (IRCv3 sasl-3.1, 3.2): PLAIN (RFC 4616) and EXTERNAL. Not thread-safe.
namespace millrace::chat::irc {

// The parameters of the AUTHENTICATE lines that say `response`: base64 in runs of 400, and `+` where there is none, or
// the last one is full.
std::vector<std::string> authenticate_chunks(std::string_view response);

class Sasl {
  public:
    enum class State {
        idle,
        under_way,
        logged_in,
        refused,      // The server does not want this account: trying again will not help.
        unavailable,  // The server cannot, now or ever: trying again may help.
    };

    explicit Sasl(const AccountSettings& account) : account_(account) {}

    // To be called when CAP has granted it. `mechanisms` as the server has told them. `lines` gets the parameters of
    // AUTHENTICATE that are to be sent.
    void begin(std::string_view mechanisms, std::vector<std::string>& lines);

    // AUTHENTICATE, and 900 to 908.
    void take(const Line& line, std::vector<std::string>& lines);

    // It takes too long.
    void give_up(std::vector<std::string>& lines);

    State state() const { return state_; }
    const std::string& why() const { return why_; }  // Of `refused` and `unavailable`, in the server's words.

  private:
    const AccountSettings& account_;
    State state_ = State::idle;
    bool is_answered_ = false;
    std::string why_;
};

}  // namespace millrace::chat::irc
