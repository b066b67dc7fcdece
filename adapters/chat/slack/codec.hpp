#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

// What Slack sends, as JSON: the bodies of requests and the frames of Socket Mode. Without I/O and without a clock;
// nothing here is trusted, and what it says is for normalise.hpp to read.
namespace millrace::chat::slack {

struct Delivery {
    enum class Kind {
        event,        // `event_callback`: the body is its envelope.
        command,      // A slash command: its fields.
        interaction,  // Somebody has used a control.
        challenge,    // `url_verification`: whoever answers it has the URL.
        limited,      // `app_rate_limited`: events were not sent.
        other,        // Something that is not spoken of here.
    };

    Kind kind = Kind::other;
    boost::json::value body{};
};

// Of a request. Nothing where it is neither JSON nor a form that has one of these in it.
std::optional<Delivery> decode_request(std::string_view content_type, std::string_view body);

// Of `ssl_check`, by which Slack looks at the server's certificate alone: it is not signed.
bool is_ssl_check(std::string_view content_type, std::string_view body);

struct Frame {
    enum class Kind {
        hello,       // The connection is there.
        disconnect,  // It will not be for long: `reason` says why.
        delivery,    // To be acknowledged by `envelope_id`.
        other,
    };

    Kind kind = Kind::other;
    std::string reason{};
    std::string envelope_id{};
    int attempt = 0;  // 0: Slack brings it for the first time.
    Delivery delivery{};
};

// Nothing where it is no JSON object.
std::optional<Frame> decode_frame(std::string_view text);

// By which the gateway acknowledges a delivery.
std::string acknowledgement(std::string_view envelope_id);

}  // namespace millrace::chat::slack
