#pragma once

#include <string>
#include <string_view>

// What the provider was told to call, and what of it comes in as requests.
namespace millrace::sms {

class PublicUrl {
  public:
    PublicUrl() = default;

    // A proxy that takes `stripped` away from the begin of the path calls the rest of it.
    PublicUrl(std::string_view url, std::string_view stripped);

    bool is_good() const { return !origin_.empty(); }  // An http or https URL without a query.
    bool has_prefix() const { return has_prefix_; }    // Its path begins with `stripped`, which ends at a `/`.

    // Whether a request's target is the URL or something under it.
    bool covers(std::string_view target) const;

    // The URL that was called, as far as anybody can know: the target behind the origin, just as it came.
    std::string of(std::string_view target) const;

  private:
    std::string origin_;
    std::string stripped_;
    std::string path_;  // That comes in; ends with no `/`.
    bool has_prefix_ = true;
};

}  // namespace millrace::sms
