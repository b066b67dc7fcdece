#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// Hides secrets in texts that leave for people: logs, errors, `status`, receipts. A secret is found as it is and in the
// forms that it takes on the way to a server: percent-encoded (RFC 3986, and as in forms), in JSON, and in base64 where
// it is all of what is encoded. Where a text was cut off within a secret, what there is of it is hidden from four
// characters on.
//
// Thread: any, once it is made. The secrets are wiped from memory with it.
class SecretMask {
  public:
    // Empty ones are left out.
    explicit SecretMask(const std::vector<std::string>& secrets);
    ~SecretMask();
    SecretMask(const SecretMask&) = delete;
    SecretMask(SecretMask&&) = default;

    // The text with `***` in place of each.
    std::string hide(std::string text) const;

  private:
    std::vector<std::string> forms_;  // The longest first.
};

}  // namespace millrace
