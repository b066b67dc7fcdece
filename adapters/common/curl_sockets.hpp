#pragma once

#include <sys/socket.h>

#include <map>
#include <mutex>
#include <string>

namespace millrace {

// The sockets that libcurl has open for one client, by callbacks of libcurl's. Thread: any.
class CurlSockets {
  public:
    // Where a connection goes from and to, as libcurl writes it.
    struct Ends {
        std::string local_ip;
        int local_port;
        std::string remote_ip;
        int remote_port;
    };

    // A socket to connect with; -1: there is none to be had.
    int open(int family, int type, int protocol);
    int close(int socket);

    // Of a connection that stands; -1: none of these.
    int find(const Ends& ends);

    // A transfer uses the socket, or does so no longer.
    void enter(int socket);
    void leave(int socket);

    // Of an idle connection, which nobody uses: has its peer said anything? If so, that is its end, as it was asked
    // nothing; it is closed to both sides, so that libcurl notices. libcurl alone takes the last record of a TLS
    // connection, a farewell, for a sign of life.
    bool retire_if_ended(int socket);

    // Ends all connections, so that nobody waits for their peers any longer.
    void shut_down();

  private:
    std::mutex mutex_;
    std::map<int, int> users_;  // How many, by socket.
};

}  // namespace millrace
