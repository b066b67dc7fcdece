#include "gateway/core/open_bodies.hpp"

namespace millrace {
namespace {

Error unknown() { return Error{"there is no such body"}; }

}  // namespace

Result<millrace_id> OpenBodies::create() {
    auto body = BodyFile::create(directory_);
    if (!body) return body.error();
    const std::lock_guard lock(mutex_);
    bodies_.emplace(++last_, std::move(*body));
    return last_;
}

Result<void> OpenBodies::append(millrace_id id, std::string_view bytes) {
    const auto body = find(id);
    return body ? body->append(bytes) : unknown();
}

Result<std::string_view> OpenBodies::seal(millrace_id id) {
    const auto body = find(id);
    if (!body) return unknown();
    if (auto sealed = body->seal(); !sealed) return sealed.error();
    return body->bytes();
}

bool OpenBodies::release(millrace_id id) {
    std::shared_ptr<BodyFile> last;  // What it maps is given back without the lock.
    const std::lock_guard lock(mutex_);
    const auto found = bodies_.find(id);
    if (found == bodies_.end()) return false;
    last = std::move(found->second);
    bodies_.erase(found);
    return true;
}

BodyFilePtr OpenBodies::sealed(millrace_id id) const {
    const auto body = find(id);
    return body && body->is_sealed() ? body : nullptr;
}

std::shared_ptr<BodyFile> OpenBodies::find(millrace_id id) const {
    const std::lock_guard lock(mutex_);
    const auto found = bodies_.find(id);
    return found == bodies_.end() ? nullptr : found->second;
}

}  // namespace millrace
