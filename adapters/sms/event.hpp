#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sms/codec.hpp"
#include "adapters/sms/consent.hpp"
#include "adapters/sms/signature.hpp"
#include "millrace/v1/sms.pb.h"

// What providers tell, in one form: a message that came in, or what became of one that was sent.
namespace millrace::sms {

struct Provider;

struct Event {
    std::string text;                 // Of a message; valid UTF-8.
    std::optional<std::string> data;  // Of a binary one, in its place.
    v1::Sms body;

    // `raw_body` and `raw_params` of the body, serialised: they are most of an event, and nobody here reads them. The
    // same in all events of a request.
    std::shared_ptr<const std::string> raw;

    // What the provider says that the text asks for, having answered it: `STOP`, `START`, `HELP`. Empty: nothing.
    std::string handled_consent;

    bool is_message() const { return body.has_inbound(); }

    // Our side and the other: what a scope is made of. Empty where the provider does not tell, as of delivery reports.
    const std::string& service() const;
    const std::string& remote() const;
};

// How the reading of a request ended.
enum class Reading {
    taken,
    other_kind,  // It is one, but of a thing that is not spoken of here. To be answered as if it had been taken.
    unreadable,  // It lacks what each has. Sending it again will not help.
};

// Fills `events` with what the provider has sent, one or several.
using Read = Reading (*)(Payload& payload, std::vector<Event>& events);

// What a provider's code starts with: `key` is what tells this event from others of the provider.
Event inbound_event(std::string_view message_id, std::string key);
Event delivery_event(std::string_view message_id, std::string_view native_status, std::string key);

// As texts are in a message: bytes that are no UTF-8 are U+FFFD.
void add_media(v1::Sms::Inbound& inbound, std::string_view url, std::string_view content_type);

// Names and values of whatever the request has: a form, a query, or the members of a JSON object that are no objects or
// lists themselves.
class Values {
  public:
    explicit Values(Payload& payload);

    // Valid UTF-8; empty where there is none.
    std::string operator()(std::string_view name) const;
    bool has(std::string_view name) const;
    std::uint32_t number(std::string_view name) const;  // 0 where it is none.

  private:
    Payload& payload_;
    JsonView json_;
};

}  // namespace millrace::sms
