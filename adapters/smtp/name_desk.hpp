#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "adapters/smtp/client_name.hpp"

// Asks the DNS for the names of clients, on threads of its own: it may be slow to answer, or never do.
namespace millrace::smtp {

class NameDesk {
  public:
    static constexpr std::size_t kThreads = 4;
    static constexpr std::size_t kWaitingMax = 1000;

    using Address = boost::asio::ip::address;
    using Tell = std::function<void(ClientName)>;

    explicit NameDesk(const Dns& dns) : dns_(dns) {}
    // Waits for the questions that are under way, a few seconds where the DNS is silent.
    ~NameDesk();

    // [control]
    void start();

    // [any] `tell` is called on a thread of the desk's, or never, if the adapter stops before. False: too many wait.
    bool ask(const Address& address, Tell tell);

  private:
    struct Question {
        Address address;
        Tell tell;
    };

    void run();

    const Dns dns_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Question> waiting_;  // Guarded by mutex_,
    bool is_stopping_ = false;      // likewise.
    std::vector<std::thread> threads_;
};

}  // namespace millrace::smtp
