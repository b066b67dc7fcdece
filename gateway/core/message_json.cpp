#include "gateway/core/message_json.hpp"

#include <google/protobuf/util/json_util.h>

#include "gateway/core/bytes.hpp"
#include "millrace/v1/message.pb.h"

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

}  // namespace millrace
