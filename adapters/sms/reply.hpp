#pragma once

#include <string>
#include <string_view>
#include <vector>

// Replies in the response to the webhook itself, where a provider reads that.
namespace millrace::sms {

struct Reply {
    std::string from;  // Our number; empty: the one that was written to.
    std::string to;    // Empty: who has written.
    std::string text;  // UTF-8.
    std::vector<std::string> media_urls;
};

struct ReplyBody {
    std::string_view content_type;  // Empty: there is no body.
    std::string body;
};

// `replies` may be empty: then the body says that there is none.
using Render = ReplyBody (*)(const std::vector<Reply>& replies);

// TwiML: `<Response><Message><Body>..</Body><Media>..</Media></Message></Response>`.
ReplyBody twiml(const std::vector<Reply>& replies);

// Plivo XML: `<Response><Message src="" dst="" type="">..</Message></Response>`. Plivo has no defaults: each reply has
// both addresses.
ReplyBody plivo_xml(const std::vector<Reply>& replies);

// What Kannel sends back as one message: the texts, a line each. Media are left out. Without a reply nothing, for which
// its configuration needs `omit-empty = true`.
ReplyBody kannel_text(const std::vector<Reply>& replies);

// As XML's text and attributes have it. What XML 1.0 has no character for becomes U+FFFD; line breaks in attributes
// stay.
std::string xml_escaped(std::string_view text);

}  // namespace millrace::sms
