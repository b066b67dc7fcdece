#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sms/config.hpp"

namespace millrace::sms::test {

// The settings of a configuration without its `listen`, and what is wrong with it.
struct ReadSettings {
    std::vector<std::string> errors;
    std::optional<Settings> settings;

    explicit ReadSettings(std::string_view json) {
        const millrace_errors sink{sizeof(millrace_errors), 0, &errors,
                                   [](void* self, millrace_bytes path, millrace_bytes text) {
                                       auto& list = *static_cast<std::vector<std::string>*>(self);
                                       list.push_back(std::string(millrace::detail::view(path)) + ": " +
                                                      std::string(millrace::detail::view(text)));
                                   }};
        settings.emplace(Config("{\"listen\":\"127.0.0.1:0\"," + std::string(json.substr(1)), &sink));
    }
};

}  // namespace millrace::sms::test
