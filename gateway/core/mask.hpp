#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

// The secrets of one plugin, so that what it says can be shown without them: in errors, in the log, in the reasons of
// dead letters and of refusals. What it sends as a message is its own affair, and what has been changed (encoded, cut,
// spread over lines) is not recognised. Wiped at the end.
// Thread: any; nothing changes it.
namespace millrace {

class Mask {
  public:
    explicit Mask(std::vector<std::string> secrets);
    ~Mask();
    Mask(const Mask&) = delete;

    bool is_empty() const { return secrets_.empty(); }

    // With *** for each secret.
    std::string hide(std::string text) const;

  private:
    std::vector<std::string> secrets_;  // The longest first: one may be a part of another.
};

using MaskPtr = std::shared_ptr<const Mask>;

}  // namespace millrace
