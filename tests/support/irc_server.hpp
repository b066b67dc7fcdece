#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace millrace::test {

// A server of IRC on a port of 127.0.0.1, as small as can be, for one client at a time: it lets it in, has it join what
// it wants, answers PING, and says what the test says. What the client says to others waits here, by target, for the
// test to take it. It has no capabilities and takes lines of 4096 bytes.
// Thread: the test's, and one of its own.
class IrcServer {
  public:
    IrcServer();
    ~IrcServer();
    IrcServer(const IrcServer&) = delete;

    std::uint16_t port() const { return port_; }

    // A line, without its end, to the client that is let in, or will be.
    void say(std::string_view line);

    // The next text that was said to `target`; false: none came in time. Ends a stall.
    bool take(const std::string& target, std::string& text, std::chrono::milliseconds time);

    // What the client says is not read from now on.
    void stall();

    // The connection ends, without a farewell.
    void cut();

    // There was one who was let in, and there is none now.
    bool has_lost_its_client();

    // How often one was let in.
    std::size_t clients();

    // How the client's lines look to others: so many bytes of text are in a full one to this target.
    std::size_t text_bytes_max(std::string_view target) const;

  private:
    void run();
    bool read();
    void take_line(std::string_view line);
    void answer(std::string_view line);
    void drop();

    int listener_ = -1;
    int wake_ = -1;
    int client_ = -1;
    std::uint16_t port_ = 0;
    std::mutex mutex_;
    std::condition_variable came_;
    std::map<std::string, std::deque<std::string>> came_for_;
    std::string in_;
    std::string out_;      // For who is let in.
    std::string answers_;  // For whoever is there.
    std::string nick_;
    std::size_t clients_ = 0;
    bool is_let_in_ = false;
    bool is_stalled_ = false;
    bool is_to_be_cut_ = false;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace millrace::test
