#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/smtp/dialogue.hpp"

namespace millrace::smtp::test {

// Escapes of C for everything but printable ASCII, so that a test that fails can be read.
std::string shown(std::string_view bytes);

// A session with a gateway behind it that answers by what stands in front of the @: "unknown" is no user, "reject" is
// refused when the mail is whole, and so on. All that comes out is one text: what the server says, and in braces what
// else happens.
class ScriptedSession {
  public:
    struct Manner {
        std::size_t chop = SIZE_MAX;  // the most bytes that come at once
        bool is_late = false;         // answers come when some more was sent, or all of it
    };

    ScriptedSession(const Service& service, Manner manner);

    void send(std::string_view bytes);
    void wait(std::int64_t ms);
    void establish_tls();
    void lose();
    void drain();
    // The answers that "silent" and "slow" have not got, in the order of `indexes`.
    void settle_late(std::string_view indexes);

    std::string transcript;
    unsigned begun = 0;  // transactions
    unsigned ended = 0;
    Tally tally{};

    Dialogue& dialogue() { return dialogue_; }
    bool is_closed() const { return is_closed_; }

  private:
    void run();
    void on(Want want);
    void answer();
    void judge_sender();
    void judge_recipient();
    void judge_login();
    void take_piece();
    void take_mail();
    void flush();

    Manner manner_;
    std::int64_t now_ms_ = 1'000'000;
    Dialogue dialogue_;
    unsigned feeds_ = 0;
    Want asked_ = Want::input;
    bool is_closed_ = false;
    std::string text_;
};

}  // namespace millrace::smtp::test
