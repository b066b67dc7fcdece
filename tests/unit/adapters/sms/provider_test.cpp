#include "adapters/sms/provider.hpp"

#include <gtest/gtest.h>

#include "tests/unit/adapters/sms/normalised.hpp"

// What a provider says, as its documents have it, and what becomes of it. Encoding 1 is GSM7, 2 UCS2, 3 binary; states
// and actions are those of sms.proto.
namespace millrace::sms {
namespace {

using namespace test;

constexpr const char* kUrl = "https://sms.example.com/in";

TEST(Provider, TwiliosMessages) {
    const Event event = one("twilio", post_form(kUrl, {{"ToCountry", "US"},
                                                       {"MessageSid", "SM1"},
                                                       {"SmsSid", "SM1"},
                                                       {"SmsStatus", "received"},
                                                       {"AccountSid", "AC1"},
                                                       {"From", "+15550123"},
                                                       {"FromCountry", "CA"},
                                                       {"To", "+15550100"},
                                                       {"Body", "Hello  world"},
                                                       {"NumSegments", "3"},
                                                       {"NumMedia", "0"}}));
    EXPECT_EQ(shown(event),
              "twilio:SM1\naccount: AC1\nmessage: SM1\nfrom: +15550123=+15550123 in CA\nto: +15550100=+15550100 in US\n"
              "text: Hello  world\nencoding: 1\nsegments: 3\nkeyword: HELLO");
    EXPECT_EQ(event.service(), "+15550100");
    EXPECT_EQ(event.remote(), "+15550123");
    EXPECT_EQ(event.body.verification().scheme(), "none");
    EXPECT_FALSE(event.body.verification().covers_body());
    const v1::Sms sms = sent(event);
    EXPECT_EQ(sms.raw_params_size(), 11);
    EXPECT_EQ(sms.raw_params(8).name(), "Body");
    EXPECT_EQ(sms.raw_params(8).value(), "Hello  world");
    EXPECT_NE(sms.raw_body().find("Body=Hello%20%20world"), std::string::npos);
}

TEST(Provider, TwiliosMediaAndChannels) {
    EXPECT_EQ(shown(one("twilio", post_form(kUrl, {{"MessageSid", "MM1"},
                                                   {"From", "whatsapp:+15550123"},
                                                   {"To", "12345"},
                                                   {"Body", ""},
                                                   {"NumMedia", "2"},
                                                   {"MediaUrl0", "https://m/0"},
                                                   {"MediaContentType0", "image/png"},
                                                   {"MediaUrl1", "https://m/1"}}))),
              "twilio:MM1\nmessage: MM1\nfrom: whatsapp:+15550123=+15550123\nto: 12345\n"
              "media: https://m/0 image/png 0 auth\nmedia: https://m/1  0 auth");
    EXPECT_EQ(
        one("twilio", post_form(kUrl, {{"MessageSid", "1"}, {"From", "1"}, {"To", "2"}, {"NumMedia", "999999999"}}))
            .body.inbound()
            .media_size(),
        50);
}

TEST(Provider, TwiliosReportsAndConsent) {
    EXPECT_EQ(shown(one("twilio", post_form(kUrl, {{"MessageSid", "SM2"},
                                                   {"SmsStatus", "undelivered"},
                                                   {"MessageStatus", "undelivered"},
                                                   {"ErrorCode", "30003"},
                                                   {"To", "+15550123"},
                                                   {"From", "+15550100"}}))),
              "twilio:SM2:undelivered\nmessage: SM2\nto: +15550123=+15550123\nfrom: +15550100=+15550100\n"
              "status: 8 undelivered\nerror: 30003\npermanent: 1\nrank: 6");
    const Event stop = one("twilio", post_form(kUrl, {{"MessageSid", "SM3"},
                                                      {"From", "+15550123"},
                                                      {"To", "+15550100"},
                                                      {"Body", "Arrêt please"},
                                                      {"OptOutType", "STOP"}}));
    EXPECT_NE(shown(stop).find("\nconsent: 1 ARRêT handled"), std::string::npos) << shown(stop);
    const Event help =
        one("twilio", post_form(kUrl, {{"MessageSid", "1"}, {"From", "1"}, {"To", "2"}, {"Body", " help "}}));
    EXPECT_NE(shown(help).find("\nconsent: 3 HELP"), std::string::npos);
    EXPECT_EQ(shown(help).find("handled"), std::string::npos);
}

TEST(Provider, VonagesSms) {
    EXPECT_EQ(shown(one("vonage-sms", get(std::string(kUrl) + "?" +
                                          form_of({{"api-key", "abc"},
                                                   {"msisdn", "447700900001"},
                                                   {"to", "447700900000"},
                                                   {"messageId", "0A1"},
                                                   {"text", "Grüße €"},
                                                   {"type", "text"},
                                                   {"keyword", "GRÜSSE"},
                                                   {"message-timestamp", "2020-01-01 12:00:00"}})))),
              "vonage-sms:0A1\naccount: abc\ntime: 1577880000000000\nmessage: 0A1\nfrom: 447700900001=+447700900001\n"
              "to: 447700900000=+447700900000\ntext: Grüße €\nencoding: 1\nsegments: 1\nkeyword: GRüßE");
    EXPECT_EQ(
        shown(one("vonage-sms", post_form(kUrl, {{"msisdn", "447700900001"},
                                                 {"to", "MILLRACE"},
                                                 {"messageId", "0A2"},
                                                 {"text", "stop"},
                                                 {"type", "unicode"},
                                                 {"concat", "true"},
                                                 {"concat-ref", "7"},
                                                 {"concat-total", "2"},
                                                 {"concat-part", "1"}}))),
        "vonage-sms:0A2:1\nmessage: 0A2\nfrom: 447700900001=+447700900001\nto: MILLRACE\ntext: stop\nencoding: 1\n"
        "segments: 1\npart: 7:1/2\nkeyword: STOP\ncomplete: no");
    EXPECT_EQ(
        shown(one("vonage-sms", post_json(kUrl, R"({"msisdn":"447700900001","to":"12345","messageId":"0A3",
                  "type":"binary","data":"48656C6C6F","udh":"060504"})"))),
        "vonage-sms:0A3\nmessage: 0A3\nfrom: 447700900001=+447700900001\nto: 12345\ndata: Hello\nudh: \x06\x05\x04\n"
        "encoding: 3\nsegments: 1");
    EXPECT_EQ(shown(one("vonage-sms", get(std::string(kUrl) + "?" +
                                          form_of({{"msisdn", "447700900001"},
                                                   {"to", "MILLRACE"},
                                                   {"network-code", "23410"},
                                                   {"messageId", "0B1"},
                                                   {"price", "0.03330000"},
                                                   {"status", "delivered"},
                                                   {"scts", "2001011400"},
                                                   {"err-code", "0"},
                                                   {"client-ref", "r1"},
                                                   {"message-timestamp", "2020-01-01 12:00:00"}})))),
              "vonage-sms:0B1:delivered\ntime: 1577880000000000\nmessage: 0B1\nreference: r1\n"
              "to: 447700900001=+447700900001 of 23410\nfrom: MILLRACE\nstatus: 6 delivered\npermanent: 1\nrank: 6\n"
              "price: 0.03330000");
}

TEST(Provider, VonagesMessages) {
    EXPECT_EQ(shown(one("vonage-messages", post_json(kUrl, R"({"channel":"sms","message_uuid":"u1","to":"447700900000",
                  "from":"447700900001","timestamp":"2020-01-01T14:00:00.000Z","text":"Hi","message_type":"text",
                  "sms":{"num_messages":"2","keyword":"HI"},"usage":{"currency":"EUR","price":"0.0333"}})"))),
              "vonage-messages:u1\ntime: 1577887200000000\nmessage: u1\nfrom: 447700900001=+447700900001\n"
              "to: 447700900000=+447700900000\ntext: Hi\nencoding: 1\nsegments: 2\nkeyword: HI");
    EXPECT_EQ(shown(one("vonage-messages", post_json(kUrl, R"({"channel":"mms","message_uuid":"u2","to":"15550100",
                  "from":"15550123","message_type":"image","image":{"url":"https://m/a.jpg","caption":"look"}})"))),
              "vonage-messages:u2\nmessage: u2\nfrom: 15550123=+15550123\nto: 15550100=+15550100\ntext: look\n"
              "media: https://m/a.jpg  0\nkeyword: LOOK");
    EXPECT_EQ(
        shown(one("vonage-messages", post_json(kUrl, R"({"message_uuid":"u3","from":{"type":"sms","number":"15550123"},
                  "to":{"type":"sms","number":"15550100"},"message":{"content":{"type":"text","text":"old"}}})"))),
        "vonage-messages:u3\nmessage: u3\nfrom: 15550123=+15550123\nto: 15550100=+15550100\ntext: old\nencoding: 1\n"
        "segments: 1\nkeyword: OLD");
    EXPECT_EQ(
        shown(one("vonage-messages", post_json(kUrl, R"({"message_uuid":"u4","to":"447700900001","from":"MILLRACE",
                  "timestamp":"2020-01-01T14:00:00.000Z","status":"rejected","channel":"sms","client_ref":"r",
                  "error":{"type":"https://x","title":"1022","detail":"Invalid"},"usage":{"currency":"EUR",
                  "price":"0.03"},
                  "destination":{"network_code":"12345"},"sms":{"count_total":"2"}})"))),
        "vonage-messages:u4:rejected\ntime: 1577887200000000\nmessage: u4\nreference: r\n"
        "to: 447700900001=+447700900001 of 12345\nfrom: MILLRACE\nstatus: 10 rejected\nerror: 1022\npermanent: 1\n"
        "rank: 6\nparts: 2\nprice: 0.03 EUR");
    normalised("vonage-messages", post_json(kUrl, R"({"channel":"whatsapp","message_uuid":"u5","text":"x"})"),
               Reading::other_kind);
}

TEST(Provider, Plivos) {
    EXPECT_EQ(
        shown(one("plivo", post_form(kUrl, {{"From", "15550123"},
                                            {"To", "15550100"},
                                            {"Text", "Hi"},
                                            {"Type", "mms"},
                                            {"MessageUUID", "p1"},
                                            {"Units", "1"},
                                            {"Media0", "https://m/0"},
                                            {"Media1", "https://m/1"}}))),
        "plivo:p1\nmessage: p1\nfrom: 15550123=+15550123\nto: 15550100=+15550100\ntext: Hi\nmedia: https://m/0  0\n"
        "media: https://m/1  0\nsegments: 1\nkeyword: HI");
    EXPECT_EQ(shown(one("plivo", post_form(kUrl, {{"From", "15550100"},
                                                  {"To", "15550123"},
                                                  {"MessageUUID", "p2"},
                                                  {"Status", "failed"},
                                                  {"Units", "2"},
                                                  {"ErrorCode", "30"},
                                                  {"MCC", "310"},
                                                  {"MNC", "150"},
                                                  {"Sequence", "3"},
                                                  {"TotalAmount", "0.01"},
                                                  {"DeliveryReportTime", "2020-01-01 12:00:00"}}))),
              "plivo:p2:failed:3\ntime: 1577880000000000\nmessage: p2\nto: 15550123=+15550123 of 310150\n"
              "from: 15550100=+15550100\nstatus: 8 failed\nerror: 30\npermanent: 1\nrank: 6\nparts: 2\nprice: 0.01");
}

TEST(Provider, MessageBirds) {
    EXPECT_EQ(shown(one("messagebird", post_json(kUrl, R"({"id":"m1","recipient":31612345678,"originator":31687654321,
                  "body":"Hi","createdDatetime":"2020-01-01T12:00:00+00:00","reference":null})"))),
              "messagebird:m1\ntime: 1577880000000000\nmessage: m1\nfrom: 31687654321=+31687654321\n"
              "to: 31612345678=+31612345678\ntext: Hi\nencoding: 1\nsegments: 1\nkeyword: HI");
    EXPECT_EQ(
        shown(one(
            "messagebird",
            post_form(kUrl,
                      {{"id", "m2"}, {"recipient", "31612345678"}, {"originator", "31687654321"}, {"message", "Ho"}}))),
        "messagebird:m2\nmessage: m2\nfrom: 31687654321=+31687654321\nto: 31612345678=+31612345678\ntext: Ho\n"
        "encoding: 1\nsegments: 1\nkeyword: HO");
    for (const char* time : {"2019-01-11T09:17:11+00:00", "2019-01-11T09:17:11%2B00:00"})
        EXPECT_EQ(shown(one("messagebird", get(std::string(kUrl) +
                                               "?id=m3&mccmnc=20408&ported=1&recipient=31612345678&reference=FOO&"
                                               "status=delivered&statusDatetime=" +
                                               time))),
                  "messagebird:m3:31612345678:delivered\ntime: 1547198231000000\nmessage: m3\nreference: FOO\n"
                  "to: 31612345678=+31612345678 of 20408\nstatus: 6 delivered\npermanent: 1\nrank: 6");
}

TEST(Provider, Telnyxs) {
    const std::string sha(64, 'a');
    EXPECT_EQ(shown(one("telnyx", post_json(kUrl, R"({"data":{"event_type":"message.received","id":"e1",
                  "occurred_at":"2020-01-01T12:00:00.000+00:00","payload":{"id":"t1","direction":"inbound","type":"MMS",
                  "messaging_profile_id":"prof","from":{"phone_number":"+15550123","carrier":"ACME",
                  "line_type":"Wireless"},
                  "to":[{"phone_number":"+15550100"},{"phone_number":"+15550101"}],"cc":[{"phone_number":"+15550102"}],
                  "text":"Hi","subject":"S","parts":1,"media":[{"url":"https://m/0","content_type":"image/png",
                  "hash_sha256":")" + sha + R"(","size":12}]}},"meta":{"attempt":2}})"))),
              "telnyx:e1\naccount: prof\ntime: 1577880000000000\nattempt: 2\nmessage: t1\n"
              "from: +15550123=+15550123 of ACME\nto: +15550100=+15550100\nto: +15550101=+15550101\n"
              "cc: +15550102=+15550102\ntext: Hi\nsubject: S\nmedia: https://m/0 image/png 12" +
                  sha + "\nsegments: 1\nkeyword: HI");
    const std::vector<Event> reports =
        normalised("telnyx", post_json(kUrl, R"({"data":{"event_type":"message.finalized",
        "id":"e2","payload":{"id":"t2","from":{"phone_number":"+15550100"},"parts":2,"tags":["r1"],
        "cost":{"amount":"0.0040","currency":"USD"},"errors":[{"code":"40001","title":"x"}],
        "to":[{"phone_number":"+15550123","status":"delivered"},{"phone_number":"+15550124",
        "status":"delivery_unconfirmed"}]}}})"));
    ASSERT_EQ(reports.size(), 2u);
    EXPECT_EQ(shown(reports[0]),
              "telnyx:e2\nmessage: t2\nreference: r1\nto: +15550123=+15550123\nfrom: +15550100=+15550100\n"
              "status: 6 delivered\nerror: 40001\npermanent: 1\nrank: 6\nparts: 2\nprice: 0.0040 USD");
    EXPECT_EQ(reports[1].body.event_key(), "telnyx:e2:1");
    EXPECT_EQ(reports[1].body.delivery().status(), v1::Sms::Delivery::UNKNOWN);
    normalised("telnyx", post_json(kUrl, R"({"data":{"event_type":"call.initiated","id":"e3","payload":{}}})"),
               Reading::other_kind);
}

TEST(Provider, Sinchs) {
    EXPECT_EQ(
        shown(one("sinch", post_json(kUrl, R"({"type":"mo_text","id":"s1","from":"46702222222","to":"12345",
                  "body":"Hi","operator_id":"24007","sent_at":"2020-01-01T12:00:00Z",
                  "received_at":"2020-01-01T12:00:01Z",
                  "client_reference":"r"})"))),
        "sinch:s1\ntime: 1577880000000000\nmessage: s1\nfrom: 46702222222=+46702222222 of 24007\nto: 12345\ntext: Hi\n"
        "encoding: 1\nsegments: 1\nkeyword: HI\nreference: r");
    EXPECT_EQ(
        shown(one("sinch", post_json(kUrl, R"({"type":"mo_binary","id":"s2","from":"46702222222","to":"46702222221",
                  "body":"SGVsbG8=","udh":"0605","received_at":"2020-01-01T12:00:00Z"})"))),
        "sinch:s2\ntime: 1577880000000000\nmessage: s2\nfrom: 46702222222=+46702222222\n"
        "to: 46702222221=+46702222221\ndata: Hello\nudh: \x06\x05\nencoding: 3\nsegments: 1");
    EXPECT_EQ(
        shown(one("sinch", post_json(kUrl, R"({"type":"mo_media","id":"s3","from":"46702222222","to":"46702222221",
                  "body":{"subject":"S","message":"M","media":[{"url":"https://m/0","content_type":"image/png",
                  "status":"Uploaded","code":0},{"status":"Failed","code":406}]}})"))),
        "sinch:s3\nmessage: s3\nfrom: 46702222222=+46702222222\nto: 46702222221=+46702222221\ntext: M\nsubject: S\n"
        "media: https://m/0 image/png 0\nmedia:   0 failed\nkeyword: M");
    EXPECT_EQ(
        shown(one("sinch", post_json(kUrl, R"({"at":"2025-01-13T09:22:40.914Z","batch_id":"b1","client_reference":"r",
                  "code":0,"operator":"20801","number_of_message_parts":2,"recipient":"33662162466",
                  "status":"Delivered",
                  "type":"recipient_delivery_report_sms"})"))),
        "sinch:b1:33662162466:Delivered:0\ntime: 1736760160914000\nmessage: b1\nreference: r\n"
        "to: 33662162466=+33662162466 of 20801\nstatus: 6 Delivered\npermanent: 1\nrank: 6\nparts: 2");
    const std::vector<Event> batch =
        normalised("sinch", post_json(kUrl, R"({"type":"delivery_report_sms","batch_id":"b2",
        "total_message_count":3,"statuses":[{"code":0,"status":"Delivered","count":2,"recipients":["15550123",
                  "15550124"]},
        {"code":402,"status":"Rejected","count":1}]})"));
    ASSERT_EQ(batch.size(), 3u);
    EXPECT_EQ(batch[1].body.event_key(), "sinch:b2:15550124:Delivered:0");
    EXPECT_EQ(shown(batch[2]),
              "sinch:b2::Rejected:402\nmessage: b2\nstatus: 10 Rejected\nerror: 402\npermanent: 1\nrank: 6");
    normalised("sinch", post_json(kUrl, R"({"type":"inbound_call"})"), Reading::other_kind);
}

TEST(Provider, Bandwidths) {
    const std::vector<Event> events = normalised("bandwidth", post_json(kUrl, R"([{"time":"2020-01-01T12:00:00Z",
        "type":"message-received","to":"+15550100","description":"Incoming","message":{"id":"b1","owner":"+15550100",
        "applicationId":"app","time":"2020-01-01T12:00:00Z","segmentCount":1,"direction":"in",
        "to":["+15550101","+15550100"],"from":"+15550123","text":"Hi","media":["https://m/0"]}},
        {"time":"2020-01-01T12:00:01Z","type":"message-failed","to":"+15550123","errorCode":4405,"carrierName":"ACME",
        "message":{"id":"b2","owner":"+15550100","applicationId":"app","segmentCount":2,"direction":"out",
        "to":["+15550123"],"from":"+15550100","text":"","tag":"r"}},{"type":"message-new-thing",
                  "message":{"id":"b3"}}])"));
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(shown(events[0]),
              "bandwidth:b1:message-received\naccount: app\ntime: 1577880000000000\nmessage: b1\n"
              "from: +15550123=+15550123\nto: +15550100=+15550100\nto: +15550101=+15550101\ntext: Hi\n"
              "media: https://m/0  0 auth\nsegments: 1\nkeyword: HI");
    EXPECT_EQ(shown(events[1]),
              "bandwidth:b2:message-failed:+15550123\naccount: app\ntime: 1577880001000000\nmessage: b2\nreference: r\n"
              "to: +15550123=+15550123 of ACME\nfrom: +15550100=+15550100\nstatus: 8 message-failed\nerror: 4405\n"
              "permanent: 1\nrank: 6\nparts: 2");
    normalised("bandwidth", post_json(kUrl, R"([{"type":"x","message":{"id":"b3"}}])"), Reading::other_kind);
}

TEST(Provider, Kannels) {
    using namespace std::string_literals;
    EXPECT_EQ(shown(one("kannel", get(std::string(kUrl) + "?id=k1&from=%2B15550123&to=12345&data=Hi+there&coding=0&"
                                                          "time=1577880000&smsc=acme"))),
              "kannel:k1\ntime: 1577880000000000\nmessage: k1\nfrom: +15550123=+15550123 of acme\nto: 12345\n"
              "text: Hi there\nencoding: 1\nsegments: 1\nkeyword: HI");
    EXPECT_EQ(shown(one("kannel", get(std::string(kUrl) + "?id=k2&from=%2B15550123&to=12345&text=x&coding=1&udh=%06%FF&"
                                                          "data=H%00%FF"))),
              "kannel:k2\nmessage: k2\nfrom: +15550123=+15550123\nto: 12345\ndata: H"s + '\0' +
                  "\xFF\nudh: \x06\xFF\nencoding: 3\nsegments: 1");
    // U+65E5 and U+1F61C.
    EXPECT_EQ(one("kannel", get(std::string(kUrl) + "?id=k3&from=1&to=2&coding=2&data=e%E5%D8%3D%DE%1C")).text,
              "\xE6\x97\xA5\xF0\x9F\x98\x9C");
    EXPECT_EQ(shown(one("kannel", get(std::string(kUrl) + "?reference=cjE&report=2&from=12345&to=%2B15550123&"
                                                          "time=1577880000&answer=NACK%2F35"))),
              "kannel:r1:2\ntime: 1577880000000000\nmessage: r1\nreference: r1\nto: +15550123=+15550123\nfrom: 12345\n"
              "status: 8 undelivered\nerror: NACK/35\npermanent: 1\nrank: 6");
    const std::pair<const char*, v1::Sms::Delivery::Status> reports[] = {{"1", v1::Sms::Delivery::DELIVERED},
                                                                         {"4", v1::Sms::Delivery::BUFFERED},
                                                                         {"8", v1::Sms::Delivery::SENT},
                                                                         {"16", v1::Sms::Delivery::REJECTED},
                                                                         {"32", v1::Sms::Delivery::STATUS_UNSPECIFIED}};
    for (const auto& [report, status] : reports)
        EXPECT_EQ(one("kannel", get(std::string(kUrl) + "?reference=cjE&from=1&to=2&report=" + report))
                      .body.delivery()
                      .status(),
                  status);
}

TEST(Provider, OfAGatewayOfOnesOwn) {
    EXPECT_EQ(shown(one("generic", post_json(kUrl, R"({"type":"message.received","timestamp":"2020-01-01T12:00:00Z",
                  "data":{"id":"g1","from":"+15550123","to":"12345","text":"Hi","segments":1,"reference":"r",
                  "media":[{"url":"https://m/0","content_type":"image/png"}]}})"))),
              "generic:g1\ntime: 1577880000000000\nmessage: g1\nfrom: +15550123=+15550123\nto: 12345\ntext: Hi\n"
              "media: https://m/0 image/png 0\nsegments: 1\nkeyword: HI\nreference: r");
    EXPECT_EQ(shown(one("generic", post_json(kUrl, R"({"type":"message.status","data":{"id":"g2","status":"sent",
                  "to":"+15550123","from":"+15550100","reference":"r","error":"e"}})"))),
              "generic:g2:sent\nmessage: g2\nreference: r\nto: +15550123=+15550123\nfrom: +15550100=+15550100\n"
              "status: 4 sent\nerror: e\nrank: 4");
    normalised("generic", post_json(kUrl, R"({"type":"message.other","data":{}})"), Reading::other_kind);
}

}  // namespace
}  // namespace millrace::sms
