#include "gateway/core/message_json.hpp"

#include <google/protobuf/util/json_util.h>

#include "gateway/core/bytes.hpp"

namespace millrace {

Result<std::string> message_to_json(const millrace_event& event) {
    std::string joined;
    joined.reserve(event.scope.size + event.event.size + event.payload.size);
    joined.append(to_text(event.scope)).append(to_text(event.event)).append(to_text(event.payload));
    v1::ChannelMessage message;
    if (!message.ParseFromString(joined)) return Error{"the event is not a millrace.v1.ChannelMessage"};

    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    std::string json;
    const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
    if (!status.ok()) return Error{"the event has no JSON form: " + status.ToString()};
    return json;
}

Result<v1::ChannelMessage> message_from_json(std::string_view json) {
    v1::ChannelMessage message;
    const auto status = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &message);
    if (!status.ok()) return Error{"the event is not a millrace.v1.ChannelMessage: " + std::string(status.message())};
    return message;
}

}  // namespace millrace
