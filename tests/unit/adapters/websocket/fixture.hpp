#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "conformance/config_errors.hpp"
#include "conformance/recording_host.hpp"
#include "millrace/abi.h"
#include "millrace/v1/message.pb.h"
#include "tests/unit/adapters/websocket/raw_client.hpp"

// What tests of the whole adapter share.
namespace millrace::test {

using conformance::config_errors;
using conformance::RecordingHost;

inline const millrace_adapter* websocket() { return millrace_plugin_v1()->adapter; }

inline std::string config(const std::string& more = {}) {
    return R"({"listen": "127.0.0.1:0", "threads": 1)" + (more.empty() ? "" : ", " + more) + "}";
}

inline constexpr std::string_view kAccepted =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nServer: millrace\r\n\r\n";

inline v1::WebSocket::Close close_of(const RecordingHost::Scope& scope) {
    v1::ChannelMessage message;
    EXPECT_TRUE(message.ParseFromString(scope.close_fields));
    return message.websocket().close();
}

inline bool wait_for_scope(RecordingHost& host) {
    return host.wait([&] { return !host.scopes.empty(); });
}
inline bool wait_for_end(RecordingHost& host) {
    return host.wait([&] { return !host.scopes.empty() && host.scopes[0].is_closed_by_peer; });
}
inline bool wait_for_log(RecordingHost& host, const std::string& text) {
    return host.wait([&] {
        for (const std::string& line : host.log) {
            if (line.find(text) != std::string::npos) return true;
        }
        return false;
    });
}

}  // namespace millrace::test
