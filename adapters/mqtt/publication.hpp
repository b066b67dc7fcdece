#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/mqtt/config.hpp"
#include "millrace/adapter.hpp"

// A command as a PUBLISH: README.md has the mapping.
namespace millrace::mqtt {

inline constexpr std::string_view kIdProperty = "millrace-id";

struct Publication {
    std::string topic;
    std::string payload;
    std::uint8_t qos = 1;
    bool retain = false;
    bool is_text = false;

    // Of 5.
    std::uint32_t hops = 0;
    std::string content_type;
    std::string response_topic;
    std::optional<std::string> correlation_data;
    std::optional<std::uint32_t> expiry_s;
    std::vector<std::pair<std::string, std::string>> user_properties;

    // Whose it is.
    std::string scope_key;  // Of the scope that it was given to; empty: it was sent to an address.
    millrace_id scope = 0;
    std::uint64_t size = 0;     // Of its room there.
    std::uint64_t receipt = 0;  // 0: nobody asks.
    std::uint64_t id = 0;       // Not 0: the same whenever it is published again.
};

// What is sent to `command.address`, which is a topic; of a reply what reply_to() has made. What is wrong with it, as a
// sentence without its end; empty where nothing is.
std::string_view to_publication(const millrace::Outgoing& command, const PublishSettings& settings,
                                Publication& publication);

// The `reply_to` of a message that asks for an answer.
std::string reply_to(std::string_view response_topic, std::optional<std::string_view> correlation_data);

}  // namespace millrace::mqtt
