#include "adapters/sms/outbound.hpp"

#include <gtest/gtest.h>

#include "adapters/sms/provider.hpp"
#include "tests/unit/adapters/sms/requests.hpp"

namespace millrace::sms {
namespace {

using namespace test;

Account an_account() {
    return {.id = "ac/1", .secret = "s3cret", .application = "app", .base_url = "", .report_url = "https://h/r"};
}

Outbound a_text() {
    return {.from = "+15550100",
            .to = "+15550123",
            .text = "Grüße & \"x\" + ☃",
            .media_urls = {},
            .reference = "r1",
            .now_s = 1'700'000'000};
}

// Method, URL, headers and body, a line each.
std::string shown(const HttpRequest& request) {
    std::string text = request.method + " " + request.url;
    for (const auto& [name, value] : request.headers) text += "\n" + name + ": " + value;
    return text + "\n" + request.body;
}

HttpAnswer answered(unsigned status, const char* body) {
    HttpAnswer answer;
    answer.reach = HttpAnswer::Reach::answered;
    answer.status = static_cast<int>(status);
    answer.body = body;
    return answer;
}

std::string built(std::string_view provider, const Outbound& message, const Account& account = an_account()) {
    return shown(find_provider(provider)->build(account, message));
}

TEST(Outbound, RequestsForTexts) {
    const std::string basic = "\nauthorization: Basic YWMvMTpzM2NyZXQ=\ncontent-type: ";
    const std::string form = basic + "application/x-www-form-urlencoded\n";
    const std::string json = basic + "application/json\n";
    const std::string as_form = "Gr%C3%BC%C3%9Fe%20%26%20%22x%22%20%2B%20%E2%98%83";
    const std::string as_json = R"("Grüße & \"x\" + ☃")";
    EXPECT_EQ(built("twilio", a_text()), "POST https://api.twilio.com/2010-04-01/Accounts/ac%2F1/Messages.json" + form +
                                             "To=%2B15550123&From=%2B15550100&Body=" + as_form +
                                             "&StatusCallback=https%3A%2F%2Fh%2Fr");
    EXPECT_EQ(built("vonage-sms", a_text()), "POST https://rest.nexmo.com/sms/json" + form +
                                                 "from=15550100&to=15550123&text=" + as_form +
                                                 "&type=unicode&client-ref=r1&callback=https%3A%2F%2Fh%2Fr");
    EXPECT_EQ(built("vonage-messages", a_text()),
              "POST https://api.nexmo.com/v1/messages" + json +
                  R"({"from":"15550100","to":"15550123","channel":"sms","message_type":"text","text":)" + as_json +
                  R"(,"client_ref":"r1","webhook_url":"https://h/r"})");
    EXPECT_EQ(built("plivo", a_text()), "POST https://api.plivo.com/v1/Account/ac%2F1/Message/" + json +
                                            R"({"src":"15550100","dst":"15550123","text":)" + as_json +
                                            R"(,"url":"https://h/r","method":"POST"})");
    EXPECT_EQ(built("messagebird", a_text()),
              "POST https://rest.messagebird.com/messages\nauthorization: AccessKey s3cret\ncontent-type: "
              "application/json\n"
              R"({"originator":"+15550100","recipients":["15550123"],"body":)" +
                  as_json + R"(,"datacoding":"auto","reference":"r1","reportUrl":"https://h/r"})");
    EXPECT_EQ(built("telnyx", a_text()),
              "POST https://api.telnyx.com/v2/messages\nauthorization: Bearer s3cret\ncontent-type: application/json\n"
              R"({"from":"+15550100","to":"+15550123","text":)" +
                  as_json + R"(,"messaging_profile_id":"app","webhook_url":"https://h/r","tags":["r1"]})");
    EXPECT_EQ(built("sinch", a_text()),
              "POST https://us.sms.api.sinch.com/xms/v1/ac%2F1/batches\nauthorization: Bearer s3cret\ncontent-type: "
              "application/json\n"
              R"({"from":"15550100","to":["15550123"],"type":"mt_text","body":)" +
                  as_json +
                  R"(,"client_reference":"r1","delivery_report":"per_recipient","callback_url":"https://h/r"})");
    EXPECT_EQ(built("bandwidth", a_text()),
              "POST https://messaging.bandwidth.com/api/v2/users/ac%2F1/messages" + json +
                  R"({"applicationId":"app","to":["+15550123"],"from":"+15550100","text":)" + as_json +
                  R"(,"tag":"r1"})");
    EXPECT_EQ(
        built("kannel", a_text()),
        "GET http://127.0.0.1:13013/cgi-bin/sendsms?username=ac%2F1&password=s3cret&from=%2B15550100&to=%2B15550123&"
        "charset=UTF-8&coding=2&text=" +
            as_form +
            "&dlr-mask=31&dlr-url=https%3A%2F%2Fh%2Fr%3Freference%3DcjE%26from%3D%252B15550100%26to%3D%252B15550123"
            "%26report%3D%25d%26time%3D%25T%26answer%3D%25A\n");
}

TEST(Outbound, RequestsForMedia) {
    Outbound media = a_text();
    media.text = "look";
    media.media_urls = {"https://m/0", "https://m/1"};
    media.reference.clear();
    Account account = an_account();
    account.report_url.clear();
    account.application.clear();
    account.base_url = "http://127.0.0.1:9";
    const auto ends = [&](std::string_view provider, std::string_view end) {
        const std::string text = built(provider, media, account);
        EXPECT_TRUE(text.starts_with("POST http://127.0.0.1:9/")) << text;
        EXPECT_TRUE(text.ends_with(end)) << text;
    };
    ends("twilio",
         "\nTo=%2B15550123&From=%2B15550100&Body=look&MediaUrl=https%3A%2F%2Fm%2F0&MediaUrl=https%3A%2F%2Fm%2F1");
    ends("vonage-messages",
         R"("channel":"mms","message_type":"image","image":{"url":"https://m/0","caption":"look"}})");
    ends("plivo", R"("text":"look","type":"mms","media_urls":["https://m/0","https://m/1"]})");
    ends("telnyx", R"("text":"look","media_urls":["https://m/0","https://m/1"]})");
    ends("sinch",
         R"("type":"mt_media","body":{"url":"https://m/0","message":"look"},"delivery_report":"per_recipient"})");
    ends("bandwidth", R"("text":"look","media":["https://m/0","https://m/1"]})");
}

TEST(Outbound, Senders) {
    Outbound message = a_text();
    message.from = "MG123";
    EXPECT_NE(built("twilio", message).find("&MessagingServiceSid=MG123&"), std::string::npos);
    message.from = "MILLRACE";
    EXPECT_NE(built("vonage-sms", message).find("\nfrom=MILLRACE&"), std::string::npos);
    message.text = "plain";
    EXPECT_EQ(built("vonage-sms", message).find("type=unicode"), std::string::npos);
    EXPECT_NE(built("kannel", message).find("&coding=0&"), std::string::npos);
    Account account = an_account();
    account.id = "9900000:user";
    const std::string bandwidth = built("bandwidth", message, account);
    EXPECT_NE(bandwidth.find("/users/9900000/messages\nauthorization: Basic dXNlcjpzM2NyZXQ=\n"), std::string::npos);
}

TEST(Outbound, OfAGatewayOfOnesOwnIsSigned) {
    Account account{
        .id = "", .secret = "whsec_c2VjcmV0", .application = "", .base_url = "https://g/send", .report_url = ""};
    const HttpRequest request = find_provider("generic")->build(account, a_text());
    EXPECT_EQ(request.url, "https://g/send");
    Draft draft{request.method, request.url, {}, request.body};
    for (const HttpHeader& header : request.headers) draft.headers.emplace_back(header.name, header.value);
    Request received(draft);
    const Verdict verdict = verifier("standard-webhooks", {account.secret}).verify(received.payload(), a_text().now_s);
    EXPECT_EQ(verdict.refusal, Refusal::none);
    EXPECT_EQ(request.headers[2].value, "msg_r1");
}

std::string ids_of(const Answer& answer) {
    std::string ids;
    for (const std::string& id : answer.message_ids) ids += id + ";";
    return ids;
}

TEST(Outbound, Answers) {
    const struct {
        const char* provider;
        unsigned status;
        const char* body;
        Fate fate;
        const char* ids;
        const char* code;
        const char* text;
        std::uint32_t segments;
    } cases[] = {
        {"twilio", 201, R"({"sid":"SM1","num_segments":"2","error_code":null})", Fate::sent, "SM1;", "", "", 2},
        {"twilio", 201, "<html>", Fate::unknown, "", "", "the provider has answered 201", 0},
        {"twilio", 201, R"({"sid":""})", Fate::unknown, "", "", "the provider has answered 201", 0},
        {"twilio", 400, R"({"code":21211,"message":"bad number","status":400})", Fate::rejected, "", "21211",
         "bad number", 0},
        {"twilio", 401, "", Fate::rejected, "", "", "the provider has answered 401", 0},
        {"twilio", 408, "", Fate::unknown, "", "", "the provider has answered 408", 0},
        {"twilio", 429, R"({"code":20429,"message":"slow"})", Fate::retry, "", "20429", "slow", 0},
        {"twilio", 500, "", Fate::unknown, "", "", "the provider has answered 500", 0},
        {"twilio", 502, "", Fate::unknown, "", "", "the provider has answered 502", 0},
        {"twilio", 503, "", Fate::unknown, "", "", "the provider has answered 503", 0},
        {"twilio", 302, "", Fate::rejected, "", "", "the provider has answered 302", 0},
        {"vonage-sms", 200,
         R"({"message-count":"2","messages":[{"status":"0","message-id":"a"},{"status":"0","message-id":"b"}]})",
         Fate::sent, "a;b;", "", "", 2},
        {"vonage-sms", 200, R"({"messages":[{"status":"1","error-text":"Throughput"}]})", Fate::retry, "", "1",
         "Throughput", 1},
        {"vonage-sms", 200, R"({"messages":[{"status":"5","error-text":"Internal"}]})", Fate::unknown, "", "5",
         "Internal", 1},
        {"vonage-sms", 200, R"({"messages":[{"status":"15","error-text":"Sender"}]})", Fate::rejected, "", "15",
         "Sender", 1},
        {"vonage-sms", 200, R"({"messages":[{"status":"0","message-id":"a"},{"status":"1","error-text":"T"}]})",
         Fate::unknown, "a;", "1", "T", 2},
        {"vonage-sms", 200, R"({"messages":[]})", Fate::unknown, "", "", "the provider has answered 200", 0},
        {"vonage-messages", 202, R"({"message_uuid":"u"})", Fate::sent, "u;", "", "", 0},
        {"vonage-messages", 422, R"({"title":"Invalid","detail":"no"})", Fate::rejected, "", "Invalid", "no", 0},
        {"plivo", 202, R"({"message":"queued","message_uuid":["p1","p2"]})", Fate::sent, "p1;p2;", "", "", 0},
        {"plivo", 400, R"({"error":"bad src"})", Fate::rejected, "", "", "bad src", 0},
        {"messagebird", 201, R"({"id":"m1","recipients":{"items":[{"messagePartCount":3}]}})", Fate::sent, "m1;", "",
         "", 3},
        {"messagebird", 422, R"({"errors":[{"code":25,"description":"no balance"}]})", Fate::rejected, "", "25",
         "no balance", 0},
        {"telnyx", 200, R"({"data":{"id":"t1","parts":2}})", Fate::sent, "t1;", "", "", 2},
        {"telnyx", 422, R"({"errors":[{"code":"40300","title":"Blocked","detail":"stop"}]})", Fate::rejected, "",
         "40300", "stop", 0},
        {"sinch", 201, R"({"id":"b1"})", Fate::sent, "b1;", "", "", 0},
        {"sinch", 400, R"({"code":"syntax_invalid_json","text":"no"})", Fate::rejected, "", "syntax_invalid_json", "no",
         0},
        {"bandwidth", 202, R"({"id":"w1","segmentCount":2})", Fate::sent, "w1;", "", "", 2},
        {"bandwidth", 400, R"({"type":"request-validation","description":"no"})", Fate::rejected, "",
         "request-validation", "no", 0},
        {"kannel", 202, "0: Accepted for delivery", Fate::sent, "", "", "", 0},
        {"kannel", 202, "3: Queued for later delivery", Fate::sent, "", "", "", 0},
        {"kannel", 202, "Sent.", Fate::unknown, "", "", "Sent.", 0},
        {"kannel", 403, "4: Authorization failed\n", Fate::rejected, "", "4", "4: Authorization failed\xEF\xBF\xBD", 0},
        {"kannel", 503, "Temporal failure, try again later.", Fate::retry, "", "", "the provider has answered 503", 0},
        {"generic", 200, R"({"id":"g"})", Fate::sent, "g;", "", "", 0},
        {"generic", 400, R"({"code":"x","message":"y"})", Fate::rejected, "", "x", "y", 0},
    };
    for (const auto& it : cases) {
        const Answer answer = answer_of(find_provider(it.provider)->details, answered(it.status, it.body));
        EXPECT_EQ(answer.fate, it.fate) << it.provider << ' ' << it.status << ' ' << it.body;
        EXPECT_EQ(ids_of(answer), it.ids) << it.body;
        EXPECT_EQ(answer.code, it.code) << it.body;
        EXPECT_EQ(answer.text, it.text) << it.body;
        EXPECT_EQ(answer.segments, it.segments) << it.body;
    }
}

TEST(Outbound, WhenItMayBeTriedAgain) {
    const Details details = find_provider("twilio")->details;
    HttpAnswer http = answered(429, "");
    EXPECT_EQ(answer_of(details, http).retry_after_ms, 0);
    http.retry_after = std::chrono::seconds(7);
    EXPECT_EQ(answer_of(details, http).retry_after_ms, 7000);
}

TEST(Outbound, WhoDoesNotWantMessages) {
    const Details twilio = find_provider("twilio")->details;
    const Details telnyx = find_provider("telnyx")->details;
    EXPECT_TRUE(answer_of(twilio, answered(400, R"({"code":21610})")).is_opted_out);
    EXPECT_TRUE(answer_of(telnyx, answered(403, R"({"errors":[{"code":40300}]})")).is_opted_out);
    EXPECT_FALSE(answer_of(twilio, answered(400, R"({"code":21611})")).is_opted_out);
}

TEST(Outbound, WhatIsNotAnswered) {
    using Reach = HttpAnswer::Reach;
    const struct {
        Reach reach;
        Fate fate;
        const char* text;
    } cases[] = {
        {Reach::malformed, Fate::rejected, "why"},
        {Reach::not_sent, Fate::retry, "the provider could not be reached: why"},
        {Reach::unknown, Fate::unknown, "the provider has not answered: why"},
    };
    for (const auto& it : cases) {
        HttpAnswer http;
        http.reach = it.reach;
        http.status = 200;
        http.text = "why";
        const Answer answer = answer_of(find_provider("twilio")->details, http);
        EXPECT_EQ(answer.fate, it.fate) << it.text;
        EXPECT_EQ(answer.text, it.text);
    }
}

}  // namespace
}  // namespace millrace::sms
