#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "adapters/smtp/login.hpp"

// Who may log in: lines of `NAME:HASH` as crypt(5) writes hashes, of scrypt ($7$), yescrypt ($y$) or SHA-512 ($6$).
// Empty lines and those that begin with # say nothing. Thread: any, once they are read.
namespace millrace::smtp {

class Users {
  public:
    // Returns nothing, or what is wrong, with its line.
    std::string read(std::string_view text);

    bool are_none() const { return hashes_.empty(); }

    // Takes milliseconds, by design of the hashes; for a name that nobody has no less.
    bool verify(const Credentials& credentials) const;

  private:
    std::unordered_map<std::string, std::string> hashes_;
    std::string decoy_;  // A hash to check passwords of nobody with.
};

}  // namespace millrace::smtp
