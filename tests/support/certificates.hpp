#pragma once

#include <string>

// Certificates that tests make for themselves: P-256 keys, signed with SHA-256. All texts are PEM.
namespace millrace::testing {

struct Certificate {
    std::string pem;
    std::string key_pem;
};

// Signed by `issuer`, or by itself. Valid from a day ago until `valid_s` from now, which may be in the past.
Certificate make_certificate(const std::string& name, const Certificate* issuer = nullptr, long valid_s = 86'400);

// A key of another kind.
std::string make_ed25519_key();

}  // namespace millrace::testing
