#include "gateway/core/gauges.hpp"

namespace millrace {
namespace {

constexpr std::size_t kNameBytesMax = 64;

bool is_name(std::string_view name) {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_";
    return !name.empty() && name.size() <= kNameBytesMax && name.find_first_not_of(kLetters) == name.npos;
}

}  // namespace

bool Gauges::set(std::string_view name, double value) {
    if (!is_name(name)) return false;
    std::lock_guard lock(mutex_);
    if (const auto found = values_.find(name); found != values_.end()) return found->second = value, true;
    return values_.size() < kNamesMax && values_.emplace(name, value).second;
}

std::map<std::string, double, std::less<>> Gauges::all() const {
    std::lock_guard lock(mutex_);
    return values_;
}

}  // namespace millrace
