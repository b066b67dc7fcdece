#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "adapters/smtp/login.hpp"
#include "adapters/smtp/users.hpp"

// Checks passwords on a thread of its own: their hashes take long by design, and an I/O thread has others to serve.
namespace millrace::smtp {

class LoginDesk {
  public:
    static constexpr std::size_t kWaitingMax = 100;  // More than that wait for nobody: they are told to come again.

    // `users` outlives it.
    explicit LoginDesk(const Users& users) : users_(users) {}
    ~LoginDesk();

    // [control] Where there are users.
    void start();

    // [any] Takes the credentials and wipes them. `tell` is called with the answer on the desk's thread, or never, if
    // the adapter stops before. False: too many wait.
    bool ask(Credentials credentials, std::function<void(bool)> tell);

  private:
    struct Case {
        Credentials credentials;
        std::function<void(bool)> tell;
    };

    void run();

    const Users& users_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Case> waiting_;  // Guarded by mutex_,
    bool is_stopping_ = false;  // likewise.
    std::thread thread_;
};

}  // namespace millrace::smtp
