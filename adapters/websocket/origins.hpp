#pragma once

#include <string>
#include <string_view>
#include <vector>

// Which pages may open connections (RFC 6455 §10.2): a browser says in the Origin header whose script it runs.
// Any thread may ask, once all are added.
namespace millrace::websocket {

class Origins {
  public:
    // "https://example.com", "http://localhost:3000", "null", or "*" for all. Returns false, and adds nothing, where
    // `text` is none of these.
    bool add(std::string_view text);

    // `origin` empty: no browser, allowed. Without a list the origin has to be the host that was asked for. Upper and
    // lower case are the same, and so are a scheme's usual port and none.
    bool allow(std::string_view origin, std::string_view host) const;

  private:
    std::vector<std::string> list_;  // in one form
    bool takes_all_ = false;
};

}  // namespace millrace::websocket
