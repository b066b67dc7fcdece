// Any text as Retry-After: what is read is within its bounds, and a date does not depend on what time it is but for the
// century of two digits.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/common/retry_after.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const std::int64_t now_s : {std::int64_t{0}, std::int64_t{1'790'000'000}}) {
        const auto wait = millrace::parse_retry_after(text, now_s);
        if (wait && (wait->count() < 0 || wait->count() > 366 * 86'400)) std::abort();
        const auto date = millrace::parse_http_date(text, now_s);
        if (date && !wait) std::abort();
        if (date && (*date < -62'200'000'000 || *date > 253'402'300'800)) std::abort();
    }
    return 0;
}
