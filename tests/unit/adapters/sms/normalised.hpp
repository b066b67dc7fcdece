#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/sms/normalise.hpp"
#include "millrace/v1/message.pb.h"
#include "tests/unit/adapters/sms/requests.hpp"

namespace millrace::sms::test {

inline std::vector<Event> normalised(std::string_view provider, Request request, Reading expected = Reading::taken) {
    std::vector<Event> events;
    Verdict verdict;
    verdict.scheme = find_scheme("none");
    EXPECT_EQ(normalise(*find_provider(provider), request.payload(), verdict, {}, events), expected)
        << request.draft.url << ' ' << request.draft.body;
    return events;
}

inline Event one(std::string_view provider, Request request) {
    std::vector<Event> events = normalised(provider, std::move(request));
    EXPECT_EQ(events.size(), 1u);
    return events.empty() ? Event() : events.front();
}

// As consumers get it, with the request itself.
inline v1::Sms sent(const Event& event) {
    std::string fields;
    append_fields(fields, event, "scope");
    v1::ChannelMessage message;
    EXPECT_TRUE(message.ParseFromString(fields));
    return message.sms();
}

inline std::string shown(const v1::Sms::Address& address) {
    std::string text = address.raw() + (address.e164().empty() ? "" : "=" + address.e164());
    if (!address.carrier().empty()) text += " of " + address.carrier();
    return address.country().empty() ? text : text + " in " + address.country();
}

// All that an event says, as one text a line, but for the request itself.
inline std::string shown(const Event& event) {
    std::string text = event.body.event_key();
    const auto add = [&text](std::string_view name, const std::string& value) {
        if (!value.empty() && value != "0") ((text += '\n').append(name) += ": ") += value;
    };
    add("account", event.body.account());
    add("time", std::to_string(event.body.provider_time_us()));
    add("attempt", std::to_string(event.body.attempt()));
    if (event.is_message()) {
        const v1::Sms::Inbound& it = event.body.inbound();
        add("message", it.message_id());
        add("from", shown(it.from()));
        for (const auto& to : it.to()) add("to", shown(to));
        for (const auto& cc : it.cc()) add("cc", shown(cc));
        add("text", event.text);
        if (event.data) add("data", *event.data);
        add("udh", it.udh());
        add("subject", it.subject());
        for (const auto& media : it.media())
            add("media", media.url() + " " + media.content_type() + " " + std::to_string(media.size()) +
                             media.sha256() + (media.state() == v1::Sms::Media::FAILED ? " failed" : "") +
                             (media.needs_auth() ? " auth" : ""));
        add("encoding", std::to_string(it.encoding()));
        add("segments", std::to_string(it.segments()));
        if (it.has_part())
            add("part", it.part().reference() + ":" + std::to_string(it.part().number()) + "/" +
                            std::to_string(it.part().total()));
        add("keyword", it.keyword());
        add("reference", it.client_reference());
        if (!it.complete()) add("complete", "no");
    } else {
        const v1::Sms::Delivery& it = event.body.delivery();
        add("message", it.message_id());
        add("reference", it.client_reference());
        add("to", shown(it.to()));
        add("from", shown(it.from()));
        add("status", std::to_string(it.status()) + " " + it.native_status());
        add("error", it.error_code());
        add("permanent", std::to_string(int{it.permanent()}));
        add("rank", std::to_string(it.rank()));
        add("part", std::to_string(it.part()));
        add("parts", std::to_string(it.parts()));
        add("price", it.price());
    }
    if (event.body.has_consent()) {
        const v1::Sms::Consent& it = event.body.consent();
        add("consent", std::to_string(it.action()) + " " + it.keyword() + (it.handled_by_provider() ? " handled" : ""));
    }
    return text;
}

}  // namespace millrace::sms::test
