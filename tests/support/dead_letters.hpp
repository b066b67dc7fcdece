#pragma once

#include <google/protobuf/io/coded_stream.h>

#include <cstdint>
#include <string>
#include <utility>

#include "gateway/core/spool_store.hpp"
#include "millrace/abi.h"
#include "millrace/v1/message.pb.h"

// Dead letters of messages as an adapter makes them.
namespace millrace::testing {

inline std::string text_field_head(std::size_t size) {
    constexpr std::uint8_t kText = (v1::ChannelMessage::kTextFieldNumber << 3) | 2;
    std::uint8_t head[11] = {kText};
    const auto* end = google::protobuf::io::CodedOutputStream::WriteVarint64ToArray(size, head + 1);
    return {reinterpret_cast<const char*>(head), static_cast<std::size_t>(end - head)};
}

// Of the route `orders`, rejected by `billing` in its second attempt.
inline spool::DeadLetter make_letter(std::string text, std::int64_t at_us) {
    v1::ChannelMessage scope;
    scope.set_adapter("web");
    scope.set_protocol("websocket");
    scope.set_scope("1f-3");
    scope.set_route("orders");
    (*scope.mutable_attributes())["path"] = "/echo";
    v1::ChannelMessage event;
    event.set_id(7);
    event.set_kind(v1::ChannelMessage::MESSAGE);
    spool::DeadLetter letter;
    letter.at_us = at_us;
    letter.consumer = "billing";
    letter.scope = "web:1f-3";
    letter.route = "orders";
    letter.prefix = scope.SerializeAsString();
    letter.why = {"rejected", 422, "no such order", "1.2.3", "abcdef"};
    letter.attempts = 2;
    letter.history = {{1, at_us - 1'000'000, 0, "busy"}, {2, at_us, 422, "no such order"}};
    letter.message.adapter = "web";
    letter.message.scope = "1f-3";
    letter.message.external_id = "order-1";
    letter.message.route = "orders";
    letter.message.fields = event.SerializeAsString() + text_field_head(text.size());
    letter.message.payload = std::move(text);
    letter.message.payload_kind = MILLRACE_TEXT;
    letter.message.created_us = at_us - 2'000'000;
    return letter;
}

}  // namespace millrace::testing
