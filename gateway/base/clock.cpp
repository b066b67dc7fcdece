#include "gateway/base/clock.hpp"

#include <chrono>

namespace millrace {
namespace {

class SystemClock final : public Clock {
  public:
    std::int64_t now_us() const override { return since_epoch<std::chrono::system_clock>(); }
    std::int64_t steady_us() const override { return since_epoch<std::chrono::steady_clock>(); }

  private:
    template <class Source> static std::int64_t since_epoch() {
        return std::chrono::duration_cast<std::chrono::microseconds>(Source::now().time_since_epoch()).count();
    }
};

}  // namespace

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

}  // namespace millrace
