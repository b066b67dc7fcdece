#pragma once

#include <string_view>

#include "adapters/smtp/faults.hpp"

// The text of a message as it comes behind DATA (RFC 5321 §4.1.1.4, §4.5.2) or in chunks (RFC 3030), not copied.
//
// Only CR LF ends a line, and only CR LF "." CR LF ends the message, or "." CR LF at its very begin. A dot is taken off
// a line that was begun by CR LF, off no other. A CR or LF without the other, and NUL, are faults; reading goes on to
// the true end, so that what follows is never taken for commands.
namespace millrace::smtp {

class DataReader {
  public:
    enum class Step {
        need_more,  // the input is used up
        piece,      // some text, as long as it lies in one: at the end of the input or in front of a dot
        end,        // the message is complete; the input begins behind it. Never of chunks
    };
    enum class Form { dotted, chunks };

    void begin(Form form);

    // Takes from the front of `input`. `piece` is a view of it.
    Step take(std::string_view& input, std::string_view& piece);

    // The last chunk is read: what it ends with has no more to come.
    void finish();

    const Faults& faults() const { return faults_; }

  private:
    enum class State { line_begin, text, cr, dot, dot_cr };

    const char* take_text(const char* at, const char* end);

    State state_ = State::line_begin;
    Form form_ = Form::dotted;
    Faults faults_;
};

}  // namespace millrace::smtp
