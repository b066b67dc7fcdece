#pragma once

#include <string_view>

namespace millrace::chat::slack {

// What people call those whom Slack names by ids. Empty: it is not known.
class Names {
  public:
    virtual std::string_view person(std::string_view id) const = 0;
    virtual std::string_view room(std::string_view id) const = 0;

  protected:
    ~Names() = default;
};

}  // namespace millrace::chat::slack
