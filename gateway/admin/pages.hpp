#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/admin/overview.hpp"

// What the admin address answers: a function from request to page, without any I/O of its own.
//
//     /livez       200 while the process answers
//     /readyz      200, or 503 with the reason
//     /metrics     for Prometheus
//     /v1/status   the same numbers as JSON
//
// Nothing here changes the gateway or shows what messages contain (contract G1). On loopback the Host is checked, so
// that no web page can read this through a browser by giving its own name the address of this machine. Where there is a
// token, it has to be said (RFC 6750).
// Thread: the server's.
namespace millrace::admin {

struct Request {
    std::string_view method;
    std::string_view target;
    std::string_view host;                // Of the header; empty where there is not exactly one.
    std::string_view authorization = {};  // Likewise.
};

// What the pages show.
struct Source {
    std::function<const Overview&()> glance;
    std::function<const Overview&()> look;
    std::function<std::vector<std::string>()> tokens = {};  // Who asks has to say one of them, none of which is empty;
                                                            // null: none is asked for.
};

struct Page {
    unsigned status = 200;
    std::string_view type = "text/plain; charset=utf-8";
    std::string body;
};

class Pages {
  public:
    // `own_host` is the address that the server listens on ("127.0.0.1", "[::1]").
    Pages(Source source, std::string own_host);

    Page answer(const Request& request) const;

  private:
    bool is_own(std::string_view host) const;
    bool may_ask(std::string_view authorization) const;

    const Source source_;
    const std::string own_host_;
};

}  // namespace millrace::admin
