#include "adapters/common/server_url.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

std::string read(std::string_view text) {
    const auto url = ServerUrl::parse(text, {"mqtt", "mqtts", "1883", "8883"});
    return url ? std::string(url->has_tls ? "tls " : "") + url->authority() : "none";
}

TEST(ServerUrl, WhatItMayBe) {
    const struct {
        const char* text;
        const char* expected;
    } cases[] = {
        {"mqtt://broker", "broker:1883"},
        {"mqtts://broker", "tls broker:8883"},
        {"mqtt://127.0.0.1:18830/", "127.0.0.1:18830"},
        {"mqtt://[::1]:1884", "[::1]:1884"},
        {"mqtts://[fe80::1%eth0]", "tls [fe80::1%eth0]:8883"},
        {"mqtt://a-b.c_d.example:1", "a-b.c_d.example:1"},
        {"", "none"},
        {"broker", "none"},
        {"broker:1883", "none"},
        {"tcp://broker:1883", "none"},
        {"MQTT://broker", "none"},
        {"mqtt://", "none"},
        {"mqtt://:1883", "none"},
        {"mqtt://broker:", "none"},
        {"mqtt://broker:0", "none"},
        {"mqtt://broker:65536", "none"},
        {"mqtt://broker:18x", "none"},
        {"mqtt://user:pw@broker", "none"},
        {"mqtt://broker/topic", "none"},
        {"mqtt://::1", "none"},
        {"mqtt://[::1", "none"},
        {"mqtt://[::1]1883", "none"},
        {"mqtt://a b", "none"},
    };
    for (const auto& it : cases) EXPECT_EQ(read(it.text), it.expected) << it.text;
}

}  // namespace
}  // namespace millrace
