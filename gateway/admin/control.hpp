#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gateway/admin/spool_desk.hpp"
#include "gateway/base/result.hpp"
#include "gateway/core/gateway.hpp"

// state_dir/admin.sock, mode 0600: what reveals messages (contract G1), for those who may act as the gateway's user. On
// a thread of its own; at most 16 connections, more wait.
//
// A connection is one request, a line of JSON, and its answer, lines of JSON:
//
//     {"do": "explain", "event": "..."}   {"text": "..."}
//     {"do": "tail", filters}             {"tail": "<the gateway's name>"}, then one ChannelMessage a line, with a key
//                                         `consumer` in front, and {"skipped": N} where some had no room; at the end of
//                                         the gateway {"end": "..."}
//     {"do": "dlq", ...}                  letter_request.hpp and letter_commands.hpp have the form,
//     {"do": "spool", ...}                and spool_commands.hpp; at the end {"done": true}, or {"end": "..."}
//     {"do": "reload"}                    {"done": true, "lines": ["what has changed", ...]}, or false and why not
//     anything else                       {"error": "..."}
//
// The filters are adapter, route, consumer: names; kinds: a list of them; scope: a text with `*` for any run.
// Thread: the control thread.
namespace millrace::admin {

// Has the configuration read again, and then calls what it is given with the answer, on any thread.
using Reload = std::function<void(std::function<void(std::string)>)>;

class Control {
  public:
    // Takes the place of the socket of a dead gateway. It is an error if a gateway lives there, or others may write to
    // the folder. Nothing is answered before start().
    static Result<Control> listen(const std::string& state_dir);

    Control(Control&&) noexcept;
    ~Control();

    // The failure is that the system gives no thread. REQUIRES: stop() comes before the end of `gateway`.
    Result<void> start(Gateway& gateway, Reload reload, SpoolAccess spool);

    // Those who watch get what was shown until now and are told that it is over, for a second at most; a command on the
    // spool ends behind its portion.
    void stop();

  private:
    struct Impl;
    explicit Control(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::admin
