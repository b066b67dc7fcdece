#include "gateway/core/plugin_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace millrace {
namespace {

std::string reason_of(int error) { return std::generic_category().message(error); }

std::optional<std::string> distrust_owner(const struct stat& status, const std::string& path) {
    if (status.st_uid == 0 || status.st_uid == ::geteuid()) return std::nullopt;
    return fmt::format("{} belongs to user {}: it has to belong to root or to the gateway's user", path, status.st_uid);
}

std::optional<std::string> distrust_mode(const struct stat& status, const std::string& path) {
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) == 0) return std::nullopt;
    return fmt::format("others may write to {} (mode {:04o}): chmod go-w {}", path, status.st_mode & 07777, path);
}

Result<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const std::streamoff size = file.tellg();
    std::string content(static_cast<std::size_t>(std::max<std::streamoff>(size, 0)), '\0');
    if (!file.seekg(0) || !file.read(content.data(), size)) {
        return Error{fmt::format("cannot read {}: {}", path, reason_of(errno))};
    }
    return content;
}

bool write_all(int file, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = ::write(file, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

// Under another name first, so that whoever sees the file sees all of it.
Result<void> write_file(const std::string& path, std::string_view content) {
    std::string temporary = path + ".XXXXXX";
    const int file = ::mkostemp(temporary.data(), O_CLOEXEC);
    const bool is_written = file >= 0 && write_all(file, content) && ::fchmod(file, 0500) == 0 && ::fsync(file) == 0 &&
                            ::rename(temporary.c_str(), path.c_str()) == 0;
    const int error = errno;
    if (file >= 0) ::close(file);
    if (is_written) return {};
    if (file >= 0) ::unlink(temporary.c_str());
    return Error{fmt::format("cannot write {}: {}", path, reason_of(error))};
}

}  // namespace

std::optional<std::string> distrust_folder(const std::string& folder) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) return fmt::format("cannot read {}: {}", folder, reason_of(errno));
    if (!S_ISDIR(status.st_mode)) return folder + " is not a folder";
    if (auto reason = distrust_owner(status, folder)) return reason;
    return (status.st_mode & S_ISVTX) != 0 ? std::nullopt : distrust_mode(status, folder);
}

std::optional<std::string> distrust(const std::string& file) {
    std::error_code error;
    const std::filesystem::path real = std::filesystem::canonical(file, error);
    if (error) return fmt::format("cannot read {}: {}", file, error.message());
    struct stat status {};
    if (::stat(real.c_str(), &status) != 0) return fmt::format("cannot read {}: {}", file, reason_of(errno));
    if (!S_ISREG(status.st_mode)) return file + " is not a regular file";
    if (auto reason = distrust_owner(status, real)) return reason;
    if (auto reason = distrust_mode(status, real)) return reason;
    return distrust_folder(real.parent_path());
}

std::string sha256(std::string_view content) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(content.data(), content.size(), digest.data(), &size, EVP_sha256(), nullptr);
    return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + size, ""));
}

Result<std::string> copy_by_content(const std::string& file, const std::string& state_dir) {
    const Result<std::string> content = read_file(file);
    if (!content) return content.error();
    const std::string folder = state_dir + "/plugins";
    std::error_code error;
    std::filesystem::create_directories(state_dir, error);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        return Error{fmt::format("cannot make {}: {}", folder, reason_of(errno))};
    }
    if (auto reason = distrust_folder(folder)) return Error{*reason};
    const std::string digest = sha256(content.value());
    const std::string copy = fmt::format("{}/{}.so", folder, digest);
    const Result<std::string> existing = read_file(copy);
    if (existing && sha256(existing.value()) == digest) return copy;
    if (const Result<void> written = write_file(copy, content.value()); !written) return written.error();
    return copy;
}

}  // namespace millrace
