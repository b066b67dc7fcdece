#pragma once

#include <cstdint>
#include <string>

#include "adapters/common/connection.hpp"
#include "adapters/common/http/dialogue.hpp"
#include "adapters/common/http/server_thread.hpp"

namespace millrace::http {

// One connection of a ServerThread: a Dialogue over a socket.
class ServerConnection final : public Connection {
  public:
    ServerConnection(ServerThread& thread, Socket socket, Source source, bool is_admitted);

    void begin() override;
    void turn() override;
    void turn_away(Admission::Verdict why) override;
    void retire() override;
    void quiesce() override;
    void drop() override;
    void on_timer() override;

    // For Responder.
    bool answer(Dialogue::Number number, const Response& response);

  private:
    void on_readable() override;
    void on_tls_failure(bool is_foreign) override;
    void on_lost() override;
    void take(Input& input);
    void take_kept();
    void ask();
    void identify(const Request& request);
    void flush();
    void follow_deadline();
    void count();
    bool has_room() const;
    std::int64_t now_ms() { return thread_.wheel().now_ms(); }

    ServerThread& thread_;
    Dialogue dialogue_;
    Client client_;
    std::int64_t timer_due_ms_ = Dialogue::kNever;
    std::uint64_t counted_refusals_ = 0;
    std::uint64_t counted_late_answers_ = 0;
    bool is_held_ = false;   // what was kept can go on once there is room
    bool is_ended_ = false;  // the peer says nothing any more
    bool is_shut_ = false;
    bool is_dropped_ = false;
};

}  // namespace millrace::http
