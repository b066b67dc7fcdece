#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/config.hpp"
#include "millrace/detail/bytes.hpp"

namespace millrace::test {

// The settings of a plugin's configuration, and what is wrong with it: "PATH: TEXT" each, in the order it was found.
template <class Settings> struct ReadSettings {
    std::vector<std::string> errors;
    std::optional<Settings> settings;

    explicit ReadSettings(std::string_view json) {
        const millrace_errors sink{
            sizeof(millrace_errors), 0, &errors, [](void* self, millrace_bytes path, millrace_bytes text) {
                static_cast<std::vector<std::string>*>(self)->push_back(std::string(detail::view(path)) + ": " +
                                                                        std::string(detail::view(text)));
            }};
        settings.emplace(Config(json, &sink));
    }
};

}  // namespace millrace::test
