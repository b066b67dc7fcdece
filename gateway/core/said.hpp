#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/core/bytes.hpp"
#include "gateway/core/router_facts.hpp"

namespace millrace {

// What an adapter says of a scope or a message: `header.NAME` is asked for by routes, and is no attribute.
struct Said {
    static constexpr std::string_view kHeaderPrefix = "header.";

    Said(const millrace_attribute* first, std::uint32_t count) {
        for (const millrace_attribute& each : std::span(first, count)) {
            const std::string_view key = to_text(each.key);
            if (key.starts_with(kHeaderPrefix)) {
                headers.push_back({key.substr(kHeaderPrefix.size()), to_text(each.value)});
            } else {
                attributes.push_back({key, to_text(each.value)});
            }
        }
    }

    std::vector<Attribute> attributes;
    std::vector<Attribute> headers;
};

}  // namespace millrace
