#include "adapters/common/http/settings.hpp"

namespace millrace::http {

Limits ServerSettings::limits() const {
    return {.head_bytes_max = head_bytes_max,
            .body_bytes_max = body_bytes_max,
            .head_ms = head_timeout.count(),
            .body_ms = body_timeout.count(),
            .answer_ms = answer_timeout.count(),
            .idle_ms = idle_timeout.count(),
            .stall_ms = stall_timeout.count(),
            .close_ms = close_timeout.count()};
}

}  // namespace millrace::http
