#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/core/config.hpp"
#include "gateway/core/config_secrets.hpp"
#include "gateway/core/gauges.hpp"
#include "gateway/core/mask.hpp"
#include "millrace/abi.h"

// What the gateway offers to every plugin (millrace_host), under one configured name.
// Thread: any.
namespace millrace {

class HostServices {
  public:
    HostServices(std::string name, const Clock& clock);
    HostServices(const HostServices&) = delete;

    const millrace_host* table() const { return &table_; }
    const std::string& name() const { return name_; }

    // What is hidden in the plugin's words. Before the plugin has any thread.
    void set_mask(MaskPtr mask) { mask_ = std::move(mask); }
    const Gauges& gauges() const { return gauges_; }
    bool has_secrets() const { return mask_ && !mask_->is_empty(); }
    std::string hide(std::string_view text) const { return mask_ ? mask_->hide(std::string(text)) : std::string(text); }

  private:
    static void log(void* self, std::int32_t level, millrace_bytes text);
    static std::int64_t now_us(void* self);
    static millrace_status to_json(void* self, const millrace_event* event, const millrace_sink* out);
    static void gauge(void* self, millrace_bytes name, double value);

    const std::string name_;
    const Clock& clock_;
    const millrace_host table_;
    MaskPtr mask_;
    Gauges gauges_;
};

// A sink that collects a plugin's words on what went wrong.
class ErrorText {
  public:
    const millrace_sink* sink() const { return &sink_; }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
    const millrace_sink sink_{sizeof(millrace_sink), 0, this, [](void* self, millrace_bytes bytes) {
                                  static_cast<ErrorText*>(self)->text_.append(reinterpret_cast<const char*>(bytes.data),
                                                                              bytes.size);
                              }};
};

// A plugin's settings with their secrets, and what it has to say of them, placed in the configuration file.
class SettingErrors {
  public:
    explicit SettingErrors(const PluginSettings& settings)
        : settings_(settings), filled_(settings), errors_(filled_.errors()) {}

    // Can the plugin have its settings?
    bool is_empty() const { return errors_.empty(); }

    // Tells these settings from others.
    std::size_t print() const { return std::hash<std::string>()(json()); }
    const std::string& json() const { return filled_.json(); }
    const MaskPtr& mask() const { return filled_.mask(); }

    const millrace_errors* sink() const { return &sink_; }
    std::vector<ConfigError> take() { return std::move(errors_); }

  private:
    static void add(void* self, millrace_bytes path, millrace_bytes text);

    const PluginSettings& settings_;
    const FilledSettings filled_;
    std::vector<ConfigError> errors_;
    const millrace_errors sink_{sizeof(millrace_errors), 0, this, add};
};

inline std::size_t print_of(const PluginSettings& settings) { return SettingErrors(settings).print(); }

}  // namespace millrace
