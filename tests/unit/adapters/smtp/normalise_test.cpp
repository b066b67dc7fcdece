#include "adapters/smtp/normalise.hpp"

#include <gtest/gtest.h>

#include "millrace/v1/message.pb.h"

namespace millrace::smtp {
namespace {

using Email = v1::Email;

constexpr std::string_view kPlain =
    "Received: from a by b; Fri, 21 Nov 1997 09:55:10 -0600\r\n"
    "Received: from c by a; Fri, 21 Nov 1997 09:55:08 -0600\r\n"
    "Delivered-To: inner@example.com\r\n"
    "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>, k@example.org\r\n"
    "Sender: Secretary <s@example.org>\r\n"
    "Reply-To: r@example.org\r\n"
    "To: Team: Alice <Alice+x@example.com>;\r\n"
    "Cc: c@example.com\r\n"
    "Bcc: d@example.com\r\n"
    "Subject: Gr\xC3\xBC\xC3\x9F\x65\r\n  aus  Wien\r\n"
    "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\n"
    "Message-ID: <1234@local.machine.example>\r\n"
    "In-Reply-To: <3456@example.net>\r\n"
    "References: <1@x> <2@x>\r\n"
    "X-Own:\tvalue \r\n"
    "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\r\n"
    "\r\n"
    "Hello \r\n"
    "\xE2\x82\xAC\r\n";

// Every string of what it says is UTF-8, or this would fail.
Email read(std::string_view raw, const Transaction& transaction = {}) {
    Normaliser normaliser;
    normaliser.read(transaction, raw);
    std::string fields;
    normaliser.append_fields(fields);
    v1::ChannelMessage message;
    EXPECT_TRUE(message.ParseFromString(fields));
    return message.email();
}

std::string text_of(std::string_view raw) {
    Normaliser normaliser;
    normaliser.read({}, raw);
    return std::string(normaliser.text());
}

std::vector<int> defects_of(const Email& email) {
    std::vector<int> codes;
    for (const auto& defect : email.defects()) codes.push_back(defect.code());
    return codes;
}

template <class Numbers> std::vector<std::uint32_t> list(const Numbers& numbers) {
    return {numbers.begin(), numbers.end()};
}

TEST(Normaliser, says_what_the_session_knows) {
    Transaction transaction;
    transaction.client_ip = "192.0.2.7";
    transaction.client_port = 4711;
    transaction.helo = "client.example.org";
    transaction.protocol = "ESMTPSA";
    transaction.proxy_ip = "10.0.0.1";
    transaction.proxy_port = 99;
    transaction.tls = Transaction::Tls{"TLSv1.3", "TLS_AES_256_GCM_SHA384", "mx.example.com"};
    transaction.login = Transaction::Login{"PLAIN", "joe", "jane"};
    transaction.from = "j@example.org";
    transaction.to = {"alice+news+1@example.com", "bob@example.com", "postmaster"};
    transaction.recipients = 5;
    transaction.eight_bit = transaction.utf8 = true;
    transaction.declared_size = 1000;
    const Email email = read(kPlain, transaction);
    EXPECT_EQ(email.client().ip(), "192.0.2.7");
    EXPECT_EQ(email.client().port(), 4711u);
    EXPECT_EQ(email.client().helo(), "client.example.org");
    EXPECT_EQ(email.client().protocol(), "ESMTPSA");
    EXPECT_EQ(email.client().proxy_ip(), "10.0.0.1");
    EXPECT_EQ(email.client().proxy_port(), 99u);
    EXPECT_EQ(email.tls().version(), "TLSv1.3");
    EXPECT_EQ(email.tls().cipher(), "TLS_AES_256_GCM_SHA384");
    EXPECT_EQ(email.tls().sni(), "mx.example.com");
    EXPECT_EQ(email.login().mechanism(), "PLAIN");
    EXPECT_EQ(email.login().user(), "joe");
    EXPECT_EQ(email.login().acts_for(), "jane");
    EXPECT_EQ(email.envelope().from(), "j@example.org");
    ASSERT_EQ(email.envelope().to_size(), 3);
    EXPECT_EQ(email.envelope().to(0).address(), "alice+news+1@example.com");
    EXPECT_EQ(email.envelope().to(0).detail(), "news+1");
    EXPECT_EQ(email.envelope().to(1).detail(), "");
    EXPECT_EQ(email.envelope().to(2).address(), "postmaster");
    EXPECT_EQ(email.envelope().recipients(), 5u);
    EXPECT_TRUE(email.envelope().eight_bit() && email.envelope().utf8());
    EXPECT_EQ(email.envelope().declared_size(), 1000u);
    const Email bare = read(kPlain);
    EXPECT_FALSE(bare.has_tls() || bare.has_login() || bare.has_authentication());
}

TEST(Normaliser, reads_the_header) {
    const Email email = read(kPlain);
    EXPECT_EQ(email.subject(), "Grüße aus  Wien");
    ASSERT_EQ(email.from_size(), 2);
    EXPECT_EQ(email.from(0).name(), "Jürgen");
    EXPECT_EQ(email.from(1).address(), "k@example.org");
    EXPECT_EQ(email.from_fields(), 1u);
    EXPECT_EQ(email.sender().name(), "Secretary");
    EXPECT_EQ(email.reply_to(0).address(), "r@example.org");
    EXPECT_EQ(email.to(0).group(), "Team");
    EXPECT_EQ(email.to(0).name(), "Alice");
    EXPECT_EQ(email.cc(0).address(), "c@example.com");
    EXPECT_EQ(email.bcc(0).address(), "d@example.com");
    EXPECT_EQ(email.date_s(), 880127706);
    EXPECT_EQ(email.date_zone_min(), -360);
    EXPECT_EQ(email.message_id(), "1234@local.machine.example");
    EXPECT_EQ(email.in_reply_to(0), "3456@example.net");
    ASSERT_EQ(email.references_size(), 2);
    EXPECT_EQ(email.references(1), "2@x");
    EXPECT_EQ(email.received_fields(), 2u);
    EXPECT_EQ(email.delivered_to(0), "inner@example.com");
    EXPECT_TRUE(email.defects().empty());
    EXPECT_FALSE(email.partial());
    EXPECT_EQ(header_value(email, "x-OWN"), "value");
    EXPECT_EQ(header_value(email, "received").substr(0, 6), "from a");
    EXPECT_EQ(header_value(email, "x-none"), "");
    EXPECT_EQ(from_address(email), "j@example.org");
    EXPECT_EQ(from_address(Email()), "");
}

TEST(Normaliser, keeps_all_fields_in_their_order_raw_and_decoded) {
    const Email email = read(kPlain);
    ASSERT_EQ(email.headers_size(), 16);
    EXPECT_EQ(email.headers(0).name(), "Received");
    EXPECT_FALSE(email.headers(0).has_raw());
    EXPECT_EQ(email.headers(3).value(), "Jürgen <j@example.org>, k@example.org");
    EXPECT_EQ(email.headers(3).raw(), " =?utf-8?q?J=C3=BCrgen?= <j@example.org>, k@example.org");
    EXPECT_EQ(email.headers(9).raw(), " Gr\xC3\xBC\xC3\x9F\x65\r\n  aus  Wien");
    EXPECT_EQ(email.headers(14).value(), "value");
    EXPECT_FALSE(email.headers(14).has_raw());
    for (const auto& header : email.headers()) {
        EXPECT_EQ(kPlain.substr(header.offset(), header.name().size()), header.name());
    }
}

TEST(Normaliser, says_how_large_the_raw_mail_is_and_its_hash) {
    const Email email = read(kPlain);
    EXPECT_EQ(email.size(), kPlain.size());
    EXPECT_EQ(kPlain.substr(email.header_size()), "Hello \r\n\xE2\x82\xAC\r\n");
    EXPECT_EQ(email.wire_sha256(), Sha256().of(kPlain));
    EXPECT_EQ(read("").size(), 0u);
}

TEST(Normaliser, has_the_text_with_lf) {
    EXPECT_EQ(text_of(kPlain), "Hello \n€\n");
    const Email email = read(kPlain);
    EXPECT_TRUE(email.flowed() && email.del_sp());
    EXPECT_EQ(list(email.text_parts()), std::vector<std::uint32_t>{0});
    EXPECT_EQ(email.html(), "");
    EXPECT_EQ(text_of("\r\na\rb\nc\r\r\n"), "a\rb\nc\r\n");
    EXPECT_EQ(text_of(""), "");
    EXPECT_EQ(text_of("Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n"
                      "\r\n=E4=\r\n=0D=0A"),
              "ä\n");
}

std::string mixed() {
    return "From: a@b\r\nDate: 1 Jan 2000 00:00 +0000\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
           "--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
           "--a\r\n\r\nplain\r\n"
           "--a\r\nContent-Type: multipart/related; boundary=r\r\n\r\n"
           "--r\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<b>\xE4</b>\r\n"
           "--r\r\nContent-Type: image/gif; name=\"x.gif\"\r\nContent-Transfer-Encoding: base64\r\n"
           "Content-ID: <logo@x>\r\nContent-Disposition: inline\r\n\r\nUUE9PQ==\r\n"
           "--r--\r\n"
           "--a--\r\n"
           "--m\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: quoted-printable\r\n"
           "Content-Disposition: attachment;\r\n filename=\"../../r\xC3\xBC.pdf\"\r\n"
           "Content-Description: a\r\n report\r\n\r\n=25PDF\r\n"
           "--m\r\n\r\nmore\r\n"
           "--m--\r\n";
}

TEST(Normaliser, has_bodies_and_attachments) {
    const std::string raw = mixed();
    const Email email = read(raw);
    EXPECT_EQ(text_of(raw), "plainmore");
    EXPECT_EQ(email.html(), "<b>ä</b>");
    EXPECT_EQ(list(email.text_parts()), (std::vector<std::uint32_t>{2, 7}));
    EXPECT_EQ(list(email.html_parts()), (std::vector<std::uint32_t>{4, 7}));
    EXPECT_EQ(list(email.attachments()), (std::vector<std::uint32_t>{5, 6}));
    ASSERT_EQ(email.parts_size(), 8);
    EXPECT_EQ(email.parts(4).parent(), 3u);
    EXPECT_EQ(email.parts(4).type(), "text/html");
    EXPECT_EQ(email.parts(4).charset(), "iso-8859-1");
    EXPECT_TRUE(email.parts(4).sha256().empty());
    const Email::Part& gif = email.parts(5);
    EXPECT_EQ(gif.type(), "image/gif");
    EXPECT_EQ(gif.disposition(), Email::INLINE);
    EXPECT_EQ(gif.name(), "x.gif");
    EXPECT_FALSE(gif.name_changed());
    EXPECT_EQ(gif.content_id(), "logo@x");
    EXPECT_EQ(gif.encoding(), Email::BASE64);
    EXPECT_EQ(raw.substr(gif.offset(), gif.encoded_size()), "UUE9PQ==");
    EXPECT_EQ(raw.substr(gif.header_offset(), 13), "Content-Type:");
    EXPECT_EQ(gif.header_offset() + gif.header_size(), gif.offset());
    EXPECT_EQ(gif.size(), 4u);
    EXPECT_EQ(gif.sha256(), Sha256().of("QA=="));
    const Email::Part& pdf = email.parts(6);
    EXPECT_EQ(pdf.disposition(), Email::ATTACHMENT);
    EXPECT_EQ(pdf.name(), "rü.pdf");
    EXPECT_TRUE(pdf.name_changed());
    EXPECT_EQ(pdf.description(), "a report");
    EXPECT_EQ(pdf.encoding(), Email::QUOTED_PRINTABLE);
    EXPECT_EQ(pdf.size(), 4u);
    EXPECT_EQ(pdf.sha256(), Sha256().of("%PDF"));
    EXPECT_TRUE(email.defects().empty());
}

TEST(Normaliser, does_not_cut_a_content_of_padded_chunks) {
    const std::string raw = "Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\nIHdvcmxk\r\n";
    EXPECT_EQ(text_of(raw), "Hello world");
}

TEST(Normaliser, looks_into_messages_that_came_encoded) {
    const Email email = read(
        "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        "U3ViamVjdDogdHdvDQoNCjINCg==\r\n");
    ASSERT_EQ(email.parts_size(), 2);
    EXPECT_FALSE(email.parts(0).has_within());
    EXPECT_EQ(email.parts(1).within(), 0u);
    EXPECT_TRUE(email.parts(1).has_within());
    EXPECT_EQ(email.parts(1).offset(), 16u);
    EXPECT_EQ(email.parts(1).encoded_size(), 3u);
}

TEST(Normaliser, cuts_long_bodies_between_characters) {
    mime::Limits limits;
    limits.text_bytes = 10;
    Normaliser normaliser(limits);
    EXPECT_TRUE(normaliser.read({}, "\r\n12345678\xE2\x82\xAC").text_truncated());
    EXPECT_EQ(normaliser.text(), "12345678");
    EXPECT_TRUE(normaliser.read({}, "\r\n12345678\xE2\x82\xAC").defects_size() == 1);  // No From, no more.
    EXPECT_FALSE(normaliser.read({}, "\r\n1234567\xE2\x82\xAC").text_truncated());
    EXPECT_EQ(normaliser.text(), "1234567€");
    const std::string two =
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\n123456\r\n--m\r\n\r\n123456\r\n--m--";
    EXPECT_TRUE(normaliser.read({}, two).text_truncated());
    EXPECT_EQ(normaliser.text(), "1234561234");
}

TEST(Normaliser, knows_lists) {
    const Email email = read(
        "List-Id: The List <list.example.com>\r\n"
        "List-Unsubscribe: <https://x/u>, <mailto:u@x> (bye)\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        "List-Post: NO (announcements)\r\n"
        "List-Archive: <https://x/\r\n archive>\r\n"
        "List-Owner: <mailto:o@x>\r\n\r\n");
    EXPECT_EQ(email.list().id(), "list.example.com");
    ASSERT_EQ(email.list().unsubscribe_size(), 2);
    EXPECT_EQ(email.list().unsubscribe(1), "mailto:u@x");
    EXPECT_TRUE(email.list().one_click());
    EXPECT_EQ(email.list().post_size(), 0);
    EXPECT_EQ(email.list().archive(0), "https://x/archive");
    EXPECT_EQ(email.list().owner(0), "mailto:o@x");
    EXPECT_FALSE(read(kPlain).has_list());
}

TEST(Normaliser, knows_calendars) {
    const std::string calendar = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    const Email email = read(
        "Content-Type: multipart/mixed; boundary=m\r\n\r\n"
        "--m\r\nContent-Type: text/calendar; method=Request\r\n\r\n" +
        calendar + "--m\r\nContent-Type: application/ics; method=REQUEST\r\n\r\n" + calendar +
        "--m\r\nContent-Type: text/calendar\r\n\r\nnothing\r\n--m--");
    ASSERT_EQ(email.calendars_size(), 2);
    EXPECT_EQ(email.calendars(0).part(), 1u);
    EXPECT_EQ(email.calendars(0).method(), "REQUEST");
    EXPECT_EQ(email.calendars(0).component(), "VEVENT");
    EXPECT_EQ(email.calendars(0).uid(), "u1");
    EXPECT_FALSE(email.calendars(0).has_repeats());
    EXPECT_EQ(email.calendars(1).repeats(), 1u);
}

struct DefectCase {
    std::string raw;
    std::vector<int> codes;
};

TEST(Normaliser, says_what_is_wrong) {
    const std::string good = "From: a@b\r\nDate: 1 Jan 2000 00:00 +0000\r\n";
    const DefectCase cases[] = {
        {good + "\r\n", {}},
        {"\r\n", {Email::Defect::MISSING_HEADER}},
        {good + "Subject: a\r\nSUBJECT: b\r\n\r\n", {Email::Defect::REPEATED_HEADER}},
        {good + "From: c@d\r\n\r\n", {Email::Defect::REPEATED_HEADER}},
        {good + "Subject: \xFF\r\n\r\n", {Email::Defect::HEADER_8BIT}},
        {good + "Subject: =?utf-8?q?=FF?=\r\n\r\n", {Email::Defect::BAD_ENCODED_WORD}},
        {good + "Subject: =?x-none?q?a?=\r\n\r\n", {Email::Defect::UNKNOWN_CHARSET}},
        {good + "To: nobody\r\n\r\n", {Email::Defect::BAD_ADDRESS}},
        {good + "To:\r\n\r\n", {Email::Defect::BAD_ADDRESS}},
        {"From: a@b\r\nDate: soon\r\n\r\n", {Email::Defect::BAD_DATE, Email::Defect::MISSING_HEADER}},
        {good + "Message-ID: a@b\r\n\r\n", {Email::Defect::BAD_MESSAGE_ID}},
        {good + "Content-Type: a/b; c\r\n\r\n", {Email::Defect::BAD_PARAMETER}},
        {good + "Content-Transfer-Encoding: base64\r\n\r\n?", {Email::Defect::BAD_BASE64}},
        {good + "Content-Transfer-Encoding: quoted-printable\r\n\r\n=x", {Email::Defect::BAD_QUOTED_PRINTABLE}},
        {good + "Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n?", {Email::Defect::BAD_BASE64}},
        {good + "Content-Type: text/plain; charset=x-none\r\n\r\nx", {Email::Defect::UNKNOWN_CHARSET}},
        {good + "\r\n\xFF", {Email::Defect::BAD_TEXT}},
        {good + "\r\na\nb", {Email::Defect::BARE_LF}},
    };
    for (const DefectCase& c : cases) {
        SCOPED_TRACE(c.raw.substr(good.size() % c.raw.size()));
        EXPECT_EQ(defects_of(read(c.raw)), c.codes);
    }
    EXPECT_EQ(read(good + "Subject: a\r\nSubject: b\r\n\r\n").subject(), "a");
    EXPECT_EQ(read(good + "From: c@d\r\n\r\n").from_fields(), 2u);
}

TEST(Normaliser, has_limits) {
    mime::Limits limits;
    limits.field_bytes = 20;
    limits.entries = 2;
    Normaliser normaliser(limits);
    const std::string raw = "To: a@b,c@d,e@f\r\nSubject: " + std::string(30, 'x') + "\r\n\r\n";
    const Email& email = normaliser.read({}, raw);
    EXPECT_EQ(email.to_size(), 2);
    EXPECT_EQ(email.subject(), std::string(19, 'x'));
    EXPECT_TRUE(email.partial());
}

struct MarkCase {
    std::string_view header;
    std::string_view from;
    std::string_view marks;  // null, bounce, automatic, list, bulk: their first letters; m: may be answered.
};

TEST(Normaliser, marks_what_no_program_is_to_answer) {
    const MarkCase cases[] = {
        {"To: ME@example.com\r\n", "a@b", "m"},
        {"Cc: me@example.com\r\n", "a@b", "m"},
        {"To: you@example.com\r\n", "a@b", ""},
        {"To: me@example.com\r\nAuto-Submitted: no\r\n", "a@b", "m"},
        {"To: me@example.com\r\nAuto-Submitted: Auto-Replied; owner-email=x\r\n", "a@b", "a"},
        {"To: me@example.com\r\nAuto-Submitted: auto-generated (cron)\r\n", "a@b", "a"},
        {"To: me@example.com\r\nX-Autoreply: yes\r\n", "a@b", "a"},
        {"To: me@example.com\r\nPrecedence: AUTO_REPLY\r\n", "a@b", "a"},
        {"To: me@example.com\r\nPrecedence: bulk\r\n", "a@b", "u"},
        {"To: me@example.com\r\nList-Id: <x.y>\r\n", "a@b", "lu"},
        {"To: me@example.com\r\nList-Unsubscribe: <https://x>\r\n", "a@b", "u"},
        {"To: me@example.com\r\nX-Auto-Response-Suppress: DR, OOF\r\n", "a@b", ""},
        {"To: me@example.com\r\nX-Auto-Response-Suppress: DR\r\n", "a@b", "m"},
        {"To: me@example.com\r\n", "", "n"},
        {"From: Mailer-Daemon@x.y\r\nTo: me@example.com\r\n", "", "nb"},
        {"From: mailer-daemon@x.y\r\nTo: me@example.com\r\n", "a@b", "m"},
        {"To: me@example.com\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n", "a@b", "b"},
        {"To: me@example.com\r\nContent-Type: message/delivery-status\r\n\r\nAction: delayed\r\n", "a@b", ""},
        {"To: me@example.com\r\nContent-Type: message/disposition-notification\r\n\r\n", "a@b", "a"},
    };
    for (const MarkCase& c : cases) {
        SCOPED_TRACE(c.header);
        Transaction transaction;
        transaction.from = c.from;
        transaction.to = {"me@example.com"};
        const Email::Marks marks = read(std::string(c.header) + "\r\n", transaction).marks();
        std::string found = marks.null_sender() ? "n" : "";
        if (marks.bounce()) found += 'b';
        if (marks.automatic()) found += 'a';
        if (marks.list()) found += 'l';
        if (marks.bulk()) found += 'u';
        if (marks.may_auto_reply()) found += 'm';
        EXPECT_EQ(found, c.marks);
    }
}

TEST(Normaliser, keeps_nothing_of_the_mail_before) {
    Normaliser normaliser;
    const std::string first = normaliser.read({}, kPlain).SerializeAsString();
    normaliser.read({}, mixed());
    EXPECT_EQ(normaliser.read({}, kPlain).SerializeAsString(), first);
    EXPECT_EQ(normaliser.text(), "Hello \n€\n");
}

}  // namespace
}  // namespace millrace::smtp
