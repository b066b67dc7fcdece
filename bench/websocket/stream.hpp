#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>

struct ssl_st;

// A client's bytes, over TCP or over TLS on it. The certificate is not verified: what is measured is on this machine.
namespace millrace::bench {

class Stream {
  public:
    // Blocking; throws std::runtime_error.
    Stream(const char* host, std::uint16_t port, bool is_tls);
    ~Stream() { close(); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    int socket() const { return socket_; }  // -1: closed
    void stop_blocking();
    void close();

    // As read(2) and write(2), with EAGAIN for whatever TLS waits for.
    ssize_t read(char* into, std::size_t room);
    ssize_t write(const char* from, std::size_t size);

    // Does a read that leaves room leave nothing behind? TLS gives one record at a time.
    bool short_is_all() const { return !tls_; }

  private:
    struct Free {
        void operator()(ssl_st* tls) const;
    };

    ssize_t result(int size) const;

    int socket_ = -1;
    std::unique_ptr<ssl_st, Free> tls_;
};

}  // namespace millrace::bench
