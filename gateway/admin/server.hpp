#pragma once

#include <memory>
#include <string>

#include "gateway/admin/pages.hpp"
#include "gateway/base/result.hpp"

// The admin address: HTTP/1.1 on a thread of its own, with small limits: 16 connections (more wait), 8 KiB of header,
// 5 s for a request and its answer.
// Thread: the control thread.
namespace millrace::admin {

class Server {
  public:
    // Binds "127.0.0.1:9780" or "[::1]:0" and listens; nothing is answered before start(). Port 0: any that is free.
    static Result<Server> listen(const std::string& address);

    Server(Server&&) noexcept;
    ~Server();

    // What it is bound to, with the port it got: "127.0.0.1:9780"; and the first part of that.
    std::string address() const;
    std::string host() const;

    // Answers with `pages` from now on, on its thread. The failure is that the system gives no thread.
    Result<void> start(Pages pages);

    // Closes every connection. `pages` are not used after it has returned.
    void stop();

  private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::admin
