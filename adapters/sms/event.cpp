#include "adapters/sms/event.hpp"

#include <charconv>
#include <utility>

#include "adapters/common/utf8.hpp"
#include "adapters/sms/address.hpp"
#include "adapters/sms/delivery_status.hpp"

namespace millrace::sms {

const std::string& Event::service() const {
    if (!is_message()) return key_of(body.delivery().from());
    static const std::string kNone;
    return body.inbound().to().empty() ? kNone : key_of(body.inbound().to(0));
}

const std::string& Event::remote() const { return key_of(is_message() ? body.inbound().from() : body.delivery().to()); }

Event inbound_event(std::string_view message_id, std::string key) {
    Event event;
    event.body.mutable_inbound()->set_message_id(as_utf8(message_id));
    event.body.mutable_inbound()->set_complete(true);
    event.body.set_event_key(as_utf8(key));
    return event;
}

Event delivery_event(std::string_view message_id, std::string_view native_status, std::string key) {
    Event event;
    v1::Sms::Delivery& delivery = *event.body.mutable_delivery();
    delivery.set_message_id(as_utf8(message_id));
    delivery.set_native_status(as_utf8(native_status));
    delivery.set_status(status_of(native_status));
    event.body.set_event_key(as_utf8(key));
    return event;
}

void add_media(v1::Sms::Inbound& inbound, std::string_view url, std::string_view content_type) {
    v1::Sms::Media& media = *inbound.add_media();
    media.set_url(as_utf8(url));
    media.set_content_type(as_utf8(content_type));
    media.set_state(v1::Sms::Media::AT_PROVIDER);
}

Values::Values(Payload& payload) : payload_(payload) {
    if (const boost::json::value* const value = payload.json()) json_ = JsonView(*value);
}

std::string Values::operator()(std::string_view name) const {
    return json_.is_object() ? json_[name].scalar() : as_utf8(value_of(payload_.fields(), name));
}

bool Values::has(std::string_view name) const {
    return json_.is_object() ? json_[name].value() != nullptr : has_field(payload_.fields(), name);
}

std::uint32_t Values::number(std::string_view name) const {
    const std::string text = (*this)(name);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

}  // namespace millrace::sms
