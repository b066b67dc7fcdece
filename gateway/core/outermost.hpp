#pragma once

#include <utility>

// Only the outermost call on a loop runs plugin code (contract B2).
namespace millrace {

// While it lives, nothing else on this thread runs plugin code.
class Outermost {
  public:
    explicit Outermost(bool& is_running) : is_running_(is_running), is_outermost_(!std::exchange(is_running, true)) {}
    Outermost(const Outermost&) = delete;
    ~Outermost() {
        if (is_outermost_) is_running_ = false;
    }
    explicit operator bool() const { return is_outermost_; }

  private:
    bool& is_running_;
    const bool is_outermost_;
};

}  // namespace millrace
