#include "gateway/core/pinned_routes.hpp"

namespace millrace {

std::optional<millrace_id> PinnedRoutes::hold(const SnapshotPtr& of, std::vector<std::uint32_t> routes,
                                              std::string captured) {
    Slots::key_type key(of.get(), std::move(routes), std::move(captured));
    auto place = slots_.find(key);
    if (place == slots_.end()) {
        if (slots_.size() == kSetsMax) return std::nullopt;
        const auto slot = sets_.reserve();
        if (!slot) return std::nullopt;
        place = slots_.emplace(std::move(key), *slot).first;
        sets_.emplace(*slot, of, place);
    }
    const std::uint32_t slot = place->second;
    ++sets_.find(slot)->holds;
    return Id{loop_, slot, sets_.generation(slot)}.pack();
}

PinnedRoutes::Set* PinnedRoutes::find_set(millrace_id id) {
    const Id unpacked = Id::unpack(id);
    return unpacked.loop == loop_ ? sets_.find(unpacked) : nullptr;
}

const SnapshotPtr* PinnedRoutes::find(millrace_id id) {
    const Set* set = find_set(id);
    return set ? &set->of : nullptr;
}

bool PinnedRoutes::release(millrace_id id) {
    Set* set = find_set(id);
    if (!set) return false;
    if (--set->holds > 0) return true;
    slots_.erase(set->place);
    sets_.erase(Id::unpack(id).slot);
    return true;
}

void PinnedRoutes::clear() {
    for (const auto& [key, slot] : std::exchange(slots_, {})) sets_.erase(slot);
}

}  // namespace millrace
