#include "gateway/core/groups.hpp"

#include <algorithm>

namespace millrace {
namespace {

auto find_membership(Instance& instance, const Group& group) {
    return std::ranges::find(instance.memberships, &group, &Membership::group);
}

}  // namespace

void Groups::join(Instance& instance, std::string_view name) {
    auto found = groups_.find(name);
    if (found == groups_.end()) found = groups_.emplace(name, Group{std::string(name), {}}).first;
    Group& group = found->second;
    if (find_membership(instance, group) != instance.memberships.end()) return;
    instance.memberships.push_back({&group, group.members.size()});
    group.members.push_back(&instance);
}

void Groups::leave(Instance& instance, std::string_view name) {
    const auto found = groups_.find(name);
    if (found == groups_.end()) return;
    const auto membership = find_membership(instance, found->second);
    if (membership == instance.memberships.end()) return;
    remove(instance, static_cast<std::size_t>(membership - instance.memberships.begin()));
}

void Groups::leave_all(Instance& instance) {
    while (!instance.memberships.empty()) remove(instance, instance.memberships.size() - 1);
}

std::span<Instance* const> Groups::members(std::string_view name) const {
    const auto found = groups_.find(name);
    return found == groups_.end() ? std::span<Instance* const>() : std::span<Instance* const>(found->second.members);
}

// The last member takes the place of the one that leaves.
void Groups::remove(Instance& instance, std::size_t membership) {
    const auto [group, index] = instance.memberships[membership];
    Instance* last = group->members.back();
    group->members[index] = last;
    find_membership(*last, *group)->index = index;
    group->members.pop_back();
    instance.memberships.erase(instance.memberships.begin() + static_cast<std::ptrdiff_t>(membership));
    if (group->members.empty()) groups_.erase(groups_.find(group->name));
}

}  // namespace millrace
