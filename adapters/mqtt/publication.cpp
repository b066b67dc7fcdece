#include "adapters/mqtt/publication.hpp"

#include <vector>

#include "adapters/mqtt/cursor.hpp"
#include "millrace/v1/command.pb.h"

namespace millrace::mqtt {
namespace {

// No topic has it, so what is behind the first one is the correlation data.
constexpr char kSeparator = '\0';

constexpr std::size_t kHeadSizeMax = 128 << 10;  // The gate takes little more.

std::string_view add(Publication& publication, const v1::MqttPublish& body) {
    if (body.qos() > 2) return "there is no such QoS";
    if (body.has_qos()) publication.qos = static_cast<std::uint8_t>(body.qos());
    if (body.has_retain()) publication.retain = body.retain();
    if (!body.response_topic().empty() && !is_topic_name(body.response_topic()))
        return "its response topic is none to publish to";
    publication.content_type = body.content_type();
    publication.response_topic = body.response_topic();
    if (body.has_correlation_data()) publication.correlation_data = body.correlation_data();
    if (body.has_expiry_s()) publication.expiry_s = body.expiry_s();
    for (const auto& property : body.user_properties())
        publication.user_properties.emplace_back(property.name(), property.value());
    return {};
}

// What no broker could be sent.
std::string_view wrong_with(const Publication& publication) {
    std::vector<std::string_view> texts{publication.topic, publication.content_type, publication.response_topic};
    for (const auto& [name, value] : publication.user_properties) texts.insert(texts.end(), {name, value});
    const std::string_view data = publication.correlation_data ? std::string_view(*publication.correlation_data) : "";
    std::size_t size = data.size();
    for (const std::string_view text : texts) {
        if (!is_string(text)) return "a text of it is not UTF-8, or has U+0000 in it";
        if (text.size() > UINT16_MAX) return "its topic, or a text of its properties, is longer than 65,535 bytes";
        size += text.size() + 5;  // A property's number and two lengths, at most.
    }
    if (data.size() > UINT16_MAX) return "its correlation data are longer than 65,535 bytes";
    return size > kHeadSizeMax ? "its topic and its properties are longer than 128 KiB" : std::string_view();
}

}  // namespace

std::string reply_to(std::string_view response_topic, std::optional<std::string_view> correlation_data) {
    std::string address(response_topic);
    if (correlation_data) address.append(1, kSeparator).append(*correlation_data);
    return address;
}

std::string_view to_publication(const millrace::Outgoing& command, const PublishSettings& settings,
                                Publication& publication) {
    const std::size_t separator = command.address.find(kSeparator);
    publication.topic = command.address.substr(0, separator);
    if (separator != command.address.npos) publication.correlation_data = command.address.substr(separator + 1);
    publication.payload = command.payload;
    publication.is_text = command.payload_kind == MILLRACE_TEXT;
    publication.qos = settings.qos;
    publication.retain = settings.retain;
    publication.hops = command.hops;
    publication.size = command.payload.size() + command.body.size();
    publication.receipt = command.receipt;
    publication.id = command.id;
    if (command.address.empty()) return "a topic's own peer cannot be answered, but for what asks for it";
    if (!is_topic_name(publication.topic)) return "its address is no topic to publish to";
    v1::Command body;
    if (!body.ParseFromArray(command.body.data(), static_cast<int>(command.body.size())))
        return "its body is no Command";
    if (body.has_mqtt_publish()) {
        if (const std::string_view wrong = add(publication, body.mqtt_publish()); !wrong.empty()) return wrong;
    }
    return wrong_with(publication);
}

}  // namespace millrace::mqtt
