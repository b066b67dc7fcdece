#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

// Numbers that a plugin shows of itself, by name. Thread: any.
namespace millrace {

class Gauges {
  public:
    static constexpr std::size_t kNamesMax = 64;

    // Whether it was taken: a name is of lower-case letters, digits and `_`, at most 64 of them.
    bool set(std::string_view name, double value);

    std::map<std::string, double, std::less<>> all() const;

  private:
    mutable std::mutex mutex_;
    std::map<std::string, double, std::less<>> values_;
};

}  // namespace millrace
