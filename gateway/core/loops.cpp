#include "gateway/core/loops.hpp"

#include "gateway/core/dispatcher.hpp"

namespace millrace {

Loops::Loops() = default;
Loops::~Loops() = default;

std::vector<Dispatcher*> Loops::all() const {
    std::lock_guard lock(mutex_);
    std::vector<Dispatcher*> all;
    for (const auto& dispatcher : owned_) all.push_back(dispatcher.get());
    return all;
}

}  // namespace millrace
