#include "adapters/sms/session.hpp"

#include <gtest/gtest.h>

#include "millrace/v1/message.pb.h"
#include "tests/unit/adapters/sms/requests.hpp"

namespace millrace::sms {
namespace {

using namespace test;

constexpr std::int64_t kNow_s = 1'700'000'000;
constexpr const char* kUrl = "https://sms.example.com/";

// A provider with its default scheme and the secret `secret`.
struct Desk {
    explicit Desk(std::string_view name)
        : provider(*find_provider(name)), verifier(test::verifier(schemes_of(provider).front()->name, {"secret"})) {}

    std::optional<Response> take(Request& request) {
        headers.clear();
        for (const auto& [header, value] : request.draft.headers) headers.push_back({header, value});
        return session.take({request.draft.method, request.draft.url, headers, request.draft.body}, kNow_s);
    }

    const Provider& provider;
    SignatureVerifier verifier;
    ConsentWords words;
    std::vector<Header> headers;
    Session session{SessionContext{provider, verifier, words}};
};

Request signed_for(std::string_view provider, Request request) {
    const SignatureScheme* const scheme = schemes_of(*find_provider(provider)).front();
    EXPECT_EQ(sign({scheme, "secret", "acct", "n", kNow_s}, request.draft), "");
    return request;
}

Request message() {
    return post_form(kUrl, {{"MessageSid", "SM1"}, {"From", "+15550123"}, {"To", "+15550100"}, {"Body", "hi"}});
}

TEST(Session, BringsEvents) {
    Desk desk("twilio");
    Request request = signed_for("twilio", message());
    EXPECT_FALSE(desk.take(request));
    ASSERT_EQ(desk.session.events().size(), 1u);
    EXPECT_EQ(desk.session.events()[0].text, "hi");
    EXPECT_EQ(desk.session.events()[0].body.verification().scheme(), "twilio");
    EXPECT_TRUE(desk.session.events()[0].body.verification().covers_body());
    EXPECT_FALSE(desk.session.verdict().replay_key.empty());
}

TEST(Session, Answers) {
    Desk twilio("twilio");
    Request request = signed_for("twilio", message());
    EXPECT_FALSE(twilio.take(request));
    const Response with_reply = acceptance(twilio.provider, {{"", "", "ho", {}}});
    EXPECT_EQ(with_reply.status, 200u);
    EXPECT_EQ(with_reply.content_type, "text/xml; charset=utf-8");
    EXPECT_NE(with_reply.body.find("<Body>ho</Body>"), std::string::npos);
    EXPECT_NE(acceptance(twilio.provider, {}).body.find("<Response/>"), std::string::npos);
    EXPECT_EQ(acceptance(Desk("sinch").provider, {{"", "", "ho", {}}}).body, "");
}

TEST(Session, WhatTheGatewayDoesNotHearOf) {
    Request encoded = signed_for("twilio", message());
    encoded.draft.headers.emplace_back("content-encoding", "br");
    Request many = signed_for("twilio", message());
    for (int i = 0; i < 1000; ++i) many.draft.body += "&a";
    Request foreign = signed_for("twilio", message());
    foreign.draft.body += "&a=b";
    const struct {
        const char* provider;
        Request request;
        unsigned status;
        const char* reason;
        bool is_unreadable;
    } cases[] = {
        {"twilio", encoded, 415, "the content is encoded", false},
        {"twilio", many, 400, "the form has too many fields", false},
        {"twilio", message(), 403, "the signature, its time or its nonce is not there, or is there twice", false},
        {"twilio", foreign, 403, "the signature does not fit", false},
        {"twilio", signed_for("twilio", post_form(kUrl, {{"CallSid", "CA1"}})), 200,
         "it is of a kind that is not spoken of here", false},
        {"twilio", signed_for("twilio", post_form(kUrl, {{"MessageSid", "SM1"}})), 200,
         "it is signed, but cannot be read", true},
        {"sinch", signed_for("sinch", post_json(kUrl, "{")), 200, "it is signed, but cannot be read", true},
        {"sinch", signed_for("sinch", post_json(kUrl, R"({"type":"fax"})")), 200,
         "it is of a kind that is not spoken of here", false},
    };
    for (auto it : cases) {
        Desk desk(it.provider);
        const std::optional<Response> response = desk.take(it.request);
        ASSERT_TRUE(response) << it.reason;
        EXPECT_EQ(response->status, it.status) << it.reason;
        EXPECT_EQ(response->reason, it.reason);
        EXPECT_EQ(desk.session.is_unreadable(), it.is_unreadable) << it.reason;
        EXPECT_TRUE(desk.session.events().empty());
        EXPECT_EQ(response->body.empty(), it.status != 200 || !desk.provider.render) << it.reason;
    }
}

TEST(Session, TellsOfWhatCannotBeRead) {
    Desk desk("sinch");
    Request request = signed_for("sinch", post_json(std::string(kUrl) + "?a=b%20c", "{"));
    ASSERT_TRUE(desk.take(request));
    ASSERT_TRUE(desk.session.is_unreadable());
    v1::ChannelMessage message;
    ASSERT_TRUE(message.ParseFromString(desk.session.unread_fields()));
    const v1::Sms& body = message.sms();
    EXPECT_EQ(body.provider(), "sinch");
    EXPECT_EQ(body.event_key(), "sinch:" + desk.session.verdict().replay_key);
    EXPECT_EQ(body.verification().scheme(), "sinch");
    EXPECT_EQ(body.raw_body(), "{");
    ASSERT_EQ(body.raw_params_size(), 1);
    EXPECT_EQ(body.raw_params(0).name() + "=" + body.raw_params(0).value(), "a=b c");
    EXPECT_EQ(body.event_case(), v1::Sms::EVENT_NOT_SET);
}

TEST(Session, OneAfterTheOther) {
    Desk desk("twilio");
    Request right = signed_for("twilio", message());
    EXPECT_FALSE(desk.take(right));
    Request wrong = message();
    EXPECT_EQ(desk.take(wrong)->status, 403u);
    EXPECT_TRUE(desk.session.events().empty());
    EXPECT_EQ(desk.session.verdict().replay_key, "");
    EXPECT_FALSE(desk.take(right));
    EXPECT_EQ(desk.session.events().size(), 1u);
}

}  // namespace
}  // namespace millrace::sms
