#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/core/scope.hpp"

// Which instances of one loop are members of which groups. A membership ends with its instance, so nothing is left
// behind and nothing has to expire (contract C4).
// Thread: the loop's.
namespace millrace {

struct Group {
    std::string name;
    std::vector<Instance*> members;  // In no order.
};

class Groups {
  public:
    // Joining twice is joining once.
    void join(Instance& instance, std::string_view name);
    void leave(Instance& instance, std::string_view name);
    void leave_all(Instance& instance);

    std::span<Instance* const> members(std::string_view name) const;

    // Groups that have a member.
    std::size_t size() const { return groups_.size(); }

  private:
    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };

    void remove(Instance& instance, std::size_t membership);

    std::unordered_map<std::string, Group, Hash, std::equal_to<>> groups_;
};

}  // namespace millrace
