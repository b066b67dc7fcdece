#include "gateway/core/host_services.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/log.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/message_json.hpp"

namespace millrace {

HostServices::HostServices(std::string name, const Clock& clock)
    : name_(std::move(name)),
      clock_(clock), table_{sizeof(millrace_host), MILLRACE_ABI, this, log, now_us, to_json, gauge} {}

void HostServices::log(void* self, std::int32_t level, millrace_bytes text) {
    const auto bounded = std::clamp(level, MILLRACE_LOG_DEBUG, MILLRACE_LOG_ERROR) - MILLRACE_LOG_DEBUG;
    const auto& services = *static_cast<HostServices*>(self);
    const auto at = static_cast<log::Level>(bounded);
    if (!services.has_secrets()) return log::write(at, services.name_, to_text(text));
    log::write(at, services.name_, services.hide(to_text(text)));
}

void HostServices::gauge(void* self, millrace_bytes name, double value) {
    auto& services = *static_cast<HostServices*>(self);
    if (services.gauges_.set(to_text(name), value)) return;
    log::limited(log::Level::warn, services.name_, "a gauge is not taken: its name is wrong, or there are too many");
}

std::int64_t HostServices::now_us(void* self) { return static_cast<HostServices*>(self)->clock_.now_us(); }

millrace_status HostServices::to_json(void*, const millrace_event* event, const millrace_sink* out) {
    auto json = message_to_json(*event);
    if (!json) return MILLRACE_ERROR;
    out->write(out->context, to_bytes(*json));
    return MILLRACE_OK;
}

void SettingErrors::add(void* self, millrace_bytes path, millrace_bytes text) {
    auto& errors = *static_cast<SettingErrors*>(self);
    const std::string_view key = to_text(path);
    std::string said(to_text(text));
    if (!key.empty()) said = fmt::format("{}: {}", key, said);
    errors.errors_.push_back({errors.settings_.at(key), "bad-setting", errors.filled_.mask()->hide(std::move(said))});
}

}  // namespace millrace
