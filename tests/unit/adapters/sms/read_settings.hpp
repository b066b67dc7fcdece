#pragma once

#include <string>
#include <string_view>

#include "adapters/sms/config.hpp"
#include "tests/support/read_settings.hpp"

namespace millrace::sms::test {

// The settings of a configuration without its `listen`, and what is wrong with it.
struct ReadSettings : millrace::test::ReadSettings<Settings> {
    explicit ReadSettings(std::string_view json)
        : millrace::test::ReadSettings<Settings>("{\"listen\":\"127.0.0.1:0\"," + std::string(json.substr(1))) {}
};

}  // namespace millrace::sms::test
