#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

// The lanes of scopes that are gone, for as long as what was left of them is being delivered (contract A9). Where a
// scope of the same key is opened meanwhile, its lane waits for that, so that messages stay in their order.
// Thread: any.
namespace millrace {

class RestoredLanes {
  public:
    // `scope`: its address.
    void add(const std::string& scope, const std::string& consumer);

    // Whether it is there, and has to be waited for. Then remove() calls `go_on`.
    bool wait(const std::string& scope, const std::string& consumer, std::function<void()> go_on);

    void remove(const std::string& scope, const std::string& consumer);

  private:
    std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, std::vector<std::function<void()>>> waiting_;
    std::atomic<std::size_t> count_{0};
};

}  // namespace millrace
