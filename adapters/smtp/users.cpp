#include "adapters/smtp/users.hpp"

#include <crypt.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace millrace::smtp {
namespace {

constexpr std::array<std::string_view, 3> kMethods = {"$7$", "$y$", "$6$"};

bool is_hash(std::string_view hash) {
    return hash.size() < CRYPT_OUTPUT_SIZE && hash.find(' ') == hash.npos &&
           std::any_of(kMethods.begin(), kMethods.end(), [&](auto method) { return hash.starts_with(method); });
}

// In a time that says nothing of where they differ.
bool are_equal(std::string_view one, std::string_view other) {
    if (one.size() != other.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < one.size(); ++i)
        difference |= static_cast<unsigned char>(one[i]) ^ static_cast<unsigned char>(other[i]);
    return difference == 0;
}

}  // namespace

std::string Users::read(std::string_view text) {
    for (std::size_t number = 1; !text.empty(); ++number) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty() || line.starts_with('#')) continue;
        const std::string where = "line " + std::to_string(number) + ": ";
        const std::size_t colon = line.find(':');
        if (colon == 0 || colon == line.npos) return where + "it needs NAME:HASH";
        if (!is_hash(line.substr(colon + 1)))
            return where + "its hash is none of scrypt ($7$), yescrypt ($y$) or SHA-512 ($6$); `mkpasswd` makes them";
        const bool is_new = hashes_.emplace(line.substr(0, colon), line.substr(colon + 1)).second;
        if (!is_new) return where + "the name is there twice";
        decoy_ = line.substr(colon + 1);
    }
    return {};
}

bool Users::verify(const Credentials& credentials) const {
    if (hashes_.empty()) return false;
    const auto found = hashes_.find(credentials.user);
    const std::string& hash = found == hashes_.end() ? decoy_ : found->second;
    const auto data = std::make_unique<crypt_data>();
    const char* made = ::crypt_rn(credentials.password.c_str(), hash.c_str(), data.get(), sizeof *data);
    const bool is_right = made && are_equal(made, hash);
    ::explicit_bzero(data.get(), sizeof *data);
    const bool acts_for_itself = credentials.authority.empty() || credentials.authority == credentials.user;
    return is_right && found != hashes_.end() && acts_for_itself;
}

}  // namespace millrace::smtp
