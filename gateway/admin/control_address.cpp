#include "gateway/admin/control_address.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace millrace::admin {
namespace {

constexpr const char* kName = "/admin.sock";

}  // namespace

Result<ControlAddress> ControlAddress::in(const std::string& state_dir) {
    const int folder = ::open(state_dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return Error{state_dir + ": " + std::strerror(errno)};
    return ControlAddress(folder, state_dir + kName);
}

ControlAddress::ControlAddress(ControlAddress&& other) noexcept
    : folder_(std::exchange(other.folder_, -1)), name_(std::move(other.name_)) {}

ControlAddress::~ControlAddress() {
    if (folder_ >= 0) ::close(folder_);
}

std::string ControlAddress::path() const { return "/proc/self/fd/" + std::to_string(folder_) + kName; }

Result<void> ControlAddress::check_folder() const {
    struct stat folder {};
    if (::fstat(folder_, &folder) != 0) return Error{name_ + ": " + std::strerror(errno)};
    const bool is_ours = folder.st_uid == ::geteuid() || folder.st_uid == 0;
    if (!is_ours || (folder.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return Error{"gateway.state_dir has to belong to the gateway's user and to be writable by nobody else (chmod " +
                     std::string("go-w): ") + name_.substr(0, name_.size() - std::strlen(kName))};
    }
    return {};
}

}  // namespace millrace::admin
