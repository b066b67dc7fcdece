#include "adapters/smtp/compose.hpp"

#include <gmock/gmock.h>

#include "adapters/common/mail_syntax.hpp"
#include "adapters/smtp/normalise.hpp"
#include "adapters/smtp/reply_to.hpp"
#include "millrace/v1/command.pb.h"

namespace millrace::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

const Author author{"mx.example.com", "gateway@in.example.com"};
const Posting posting{1'700'000'000, "7"};

// A mail as it came, which is answered.
v1::Email incoming() {
    v1::Email email;
    email.mutable_envelope()->set_from("ada@example.org");
    for (const char* to : {"desk@in.example.com", "other@in.example.com"})
        email.mutable_envelope()->add_to()->set_address(to);
    email.set_subject("Lunch");
    email.set_message_id("m1@example.org");
    email.add_references("m0@example.org");
    return email;
}

Outgoing outgoing(std::string_view payload, std::string_view address, std::string_view body = {}) {
    return {MILLRACE_TEXT, payload, body, address, 3, 0, 0};
}

// What is composed, read again.
v1::Email composed(const Outgoing& command, Mail* into = nullptr, std::string* text = nullptr) {
    Mail mail;
    EXPECT_EQ(compose(command, author, posting, mail), "");
    EXPECT_EQ(mail_content_fault(mail.content), "");
    EXPECT_FALSE(is_international(mail.content));
    Normaliser normaliser;
    Transaction transaction;
    transaction.from = mail.from;
    v1::Email email = normaliser.read(transaction, mail.content);
    EXPECT_EQ(email.defects_size(), 0) << mail.content << email.defects(0).code();
    if (into) *into = mail;
    if (text) *text = normaliser.text();
    return email;
}

std::string refusal_of(const Outgoing& command) {
    Mail mail;
    return compose(command, author, posting, mail);
}

std::string body_of(const v1::Command& command) { return command.SerializeAsString(); }

TEST(Compose, ANewMail) {
    v1::Command command;
    command.set_title("Es ist zu hei\xc3\x9f");
    Mail mail;
    std::string text;
    const std::string body = body_of(command);
    const v1::Email email = composed(outgoing("81 \xc2\xb0"
                                              "C\nnow",
                                              "ops@example.com", body),
                                     &mail, &text);
    EXPECT_EQ(mail.from, "gateway@in.example.com");
    EXPECT_THAT(mail.to, ElementsAre("ops@example.com"));
    EXPECT_EQ(email.subject(), "Es ist zu hei\xc3\x9f");
    EXPECT_EQ(text,
              "81 \xc2\xb0"
              "C\nnow\n");
    EXPECT_EQ(email.from(0).address(), "gateway@in.example.com");
    EXPECT_EQ(email.to(0).address(), "ops@example.com");
    EXPECT_EQ(email.date_s(), 1'700'000'000);
    EXPECT_EQ(email.auto_submitted(), "auto-generated");
    EXPECT_THAT(email.message_id(), MatchesRegex("7\\.[0-9a-f]{24}@mx\\.example\\.com"));
    EXPECT_EQ(header_value(email, "X-Millrace-Hops"), "3");
    EXPECT_TRUE(email.in_reply_to().empty());
    EXPECT_FALSE(email.marks().may_auto_reply());
}

TEST(Compose, EachTryIsTheSameMailAndNoOtherIs) {
    Mail first, again, other, later;
    composed(outgoing("a", "ops@example.com"), &first);
    composed(outgoing("a", "ops@example.com"), &again);
    composed(outgoing("b", "ops@example.com"), &other);
    EXPECT_EQ(first.content, again.content);
    const auto id = [](const Mail& mail) {
        const std::size_t at = mail.content.find("Message-ID: ");
        return mail.content.substr(at, mail.content.find("\r\n", at) - at);
    };
    EXPECT_NE(id(first), id(other));
    EXPECT_EQ(compose(outgoing("a", "ops@example.com"), author, {0, "8"}, later), "");
    EXPECT_NE(id(first), id(later));
}

TEST(Compose, AReply) {
    Mail mail;
    std::string text;
    const v1::Email email = composed(outgoing("Come at one.", make_reply_to(incoming())), &mail, &text);
    EXPECT_EQ(mail.from, "");
    EXPECT_THAT(mail.to, ElementsAre("ada@example.org"));
    EXPECT_EQ(email.from(0).address(), "desk@in.example.com");
    EXPECT_EQ(email.subject(), "Re: Lunch");
    EXPECT_THAT(email.in_reply_to(), ElementsAre("m1@example.org"));
    EXPECT_THAT(email.references(), ElementsAre("m0@example.org", "m1@example.org"));
    EXPECT_EQ(email.auto_submitted(), "auto-replied");
    EXPECT_EQ(text, "Come at one.\n");
    EXPECT_TRUE(email.marks().automatic());
}

TEST(Compose, ARepliesSubject) {
    v1::Email answered = incoming();
    answered.set_subject("RE: Lunch");
    EXPECT_EQ(composed(outgoing("", make_reply_to(answered))).subject(), "RE: Lunch");
    v1::Command command;
    command.set_title("No\r\nBcc: eve@example.org");
    const std::string body = body_of(command);
    const v1::Email email = composed(outgoing("", make_reply_to(answered), body));
    EXPECT_EQ(email.subject(), "No  Bcc: eve@example.org");
    EXPECT_TRUE(email.bcc().empty());
}

TEST(Compose, ABrokenThreadIsNoPartOfAReply) {
    v1::Email answered = incoming();
    answered.set_message_id("a b\r\nX: y");
    EXPECT_TRUE(composed(outgoing("", make_reply_to(answered))).in_reply_to().empty());
    answered = incoming();
    answered.clear_references();
    for (int i = 0; i < 30; ++i) answered.add_references("r" + std::to_string(i) + std::string(200, 'x') + "@h");
    answered.add_references("<bad>");
    const v1::Email email = composed(outgoing("", make_reply_to(answered)));
    EXPECT_EQ(email.references_size(), 10);
    EXPECT_EQ(email.references(9), "m1@example.org");
}

TEST(Compose, WhatIsNotAnswered) {
    const struct {
        const char* what;
        void (*change)(v1::Email&);
        const char* why;
    } rows[] = {
        {"bounce", [](v1::Email& it) { it.mutable_marks()->set_bounce(true); }, "it is a report on another mail"},
        {"report", [](v1::Email& it) { it.mutable_report(); }, "it is a report on another mail"},
        {"automatic", [](v1::Email& it) { it.mutable_marks()->set_automatic(true); }, "a program has sent it"},
        {"list", [](v1::Email& it) { it.mutable_marks()->set_list(true); }, "it has gone to many"},
        {"bulk", [](v1::Email& it) { it.mutable_marks()->set_bulk(true); }, "it has gone to many"},
        {"own", [](v1::Email& it) { it.mutable_envelope()->set_from("OTHER@in.example.com"); },
         "its recipient has sent it"},
    };
    for (const auto& row : rows) {
        v1::Email answered = incoming();
        row.change(answered);
        EXPECT_EQ(refusal_of(outgoing("x", make_reply_to(answered))),
                  std::string("the mail is not answered: ") + row.why)
            << row.what;
    }
    v1::Email nobody = incoming();
    nobody.mutable_envelope()->clear_from();
    EXPECT_EQ(make_reply_to(nobody), "");
}

TEST(Compose, WhatIsNoAddress) {
    for (const std::string_view address : {"", "ops", "@example.com", "a@b c", "a@b>\r\nRCPT TO:<c@d", "a\"@b"})
        EXPECT_THAT(refusal_of(outgoing("x", address)), HasSubstr("its address is none")) << address;
    EXPECT_THAT(refusal_of(outgoing("x", std::string_view("\0garbage", 8))), HasSubstr("its address is none"));
    EXPECT_EQ(refusal_of(outgoing("x", "a@b.c", "\xff")), "its body is no Command");
    v1::Email answered = incoming();
    answered.mutable_envelope()->mutable_to(0)->set_address("d\xc3\xa9sk@in.example.com");
    EXPECT_THAT(refusal_of(outgoing("x", make_reply_to(answered))), HasSubstr("beyond ASCII"));
    answered.mutable_envelope()->set_from("ada\r\n@example.org");
    EXPECT_THAT(refusal_of(outgoing("x", make_reply_to(answered))), HasSubstr("none that mail can be sent to"));
}

TEST(Compose, HtmlAndAttachments) {
    v1::Command command;
    v1::EmailSend& send = *command.mutable_email_send();
    send.set_html(
        "<p>Gr\xc3\xbc\xc3\x9f"
        "e</p>");
    const auto attach = [&](const char* name, const char* type, std::string content) {
        v1::EmailSend::Attachment& attachment = *send.add_attachments();
        attachment.set_name(name), attachment.set_type(type), attachment.set_content(std::move(content));
    };
    attach("a.pdf", "application/pdf", std::string(1000, '\0'));
    attach("\xc3\xbc\"\r\n.txt", "text/plain; charset=x\r\nX: y", "x");
    attach("", "multipart/mixed", "");
    attach((std::string(199, 'n') + "\xc3\xbcn").c_str(), (std::string(500, 't') + "/x").c_str(), "y");
    std::string text;
    const std::string body = body_of(command);
    const v1::Email email = composed(outgoing("plain", "ops@example.com", body), nullptr, &text);
    EXPECT_EQ(text, "plain");
    EXPECT_EQ(email.html(),
              "<p>Gr\xc3\xbc\xc3\x9f"
              "e</p>");
    ASSERT_EQ(email.attachments_size(), 4);
    const auto part = [&](int i) { return email.parts(static_cast<int>(email.attachments(i))); };
    EXPECT_EQ(part(0).name(), "a.pdf");
    EXPECT_EQ(part(0).type(), "application/pdf");
    EXPECT_EQ(part(0).size(), 1000u);
    EXPECT_EQ(part(1).type(), "application/octet-stream");
    EXPECT_EQ(part(1).size(), 1u);
    EXPECT_EQ(part(2).type(), "application/octet-stream");
    EXPECT_EQ(part(3).type(), "application/octet-stream");
    EXPECT_EQ(part(3).name(), std::string(199, 'n'));
}

TEST(Compose, Data) {
    const std::string bytes("\0\r\n.\r\n\xff", 7);
    Outgoing command = outgoing(bytes, "ops@example.com");
    command.payload_kind = MILLRACE_DATA;
    const v1::Email email = composed(command);
    EXPECT_EQ(email.parts(0).type(), "application/octet-stream");
    EXPECT_EQ(email.parts(0).size(), bytes.size());
}

TEST(Compose, ABounce) {
    v1::Command command;
    command.mutable_refusal()->set_code(554);
    Mail mail;
    std::string text;
    v1::Email refused = incoming();
    refused.mutable_marks()->set_list(true);
    refused.set_subject(
        "Gr\xc3\xbc\xc3\x9f"
        "e");
    refused.mutable_envelope()->mutable_to(1)->set_address("\xc3\xb6@in.example.com");
    const std::string body = body_of(command);
    const v1::Email email =
        composed(outgoing("5.6.0 not this one\r\nX: y", make_reply_to(refused), body), &mail, &text);
    EXPECT_EQ(mail.from, "");
    EXPECT_THAT(mail.to, ElementsAre("ada@example.org"));
    EXPECT_EQ(email.from(0).address(), "MAILER-DAEMON@mx.example.com");
    EXPECT_EQ(email.from(0).name(), "Mail Delivery System");
    EXPECT_TRUE(email.marks().bounce());
    EXPECT_THAT(text, HasSubstr("desk@in.example.com\n"));
    EXPECT_THAT(text, HasSubstr("\xc3\xb6@in.example.com\n"));
    const v1::Email::Report& report = email.report();
    EXPECT_EQ(report.kind(), v1::Email::Report::DELIVERY);
    EXPECT_EQ(report.reporting_mta(), "mx.example.com");
    EXPECT_EQ(report.original_message_id(), "m1@example.org");
    ASSERT_EQ(report.recipients_size(), 2);
    EXPECT_EQ(report.recipients(0).final(), "desk@in.example.com");
    EXPECT_EQ(report.recipients(0).action(), "failed");
    EXPECT_EQ(report.recipients(0).status(), "5.7.1");
    EXPECT_THAT(report.recipients(0).diagnostic(), HasSubstr("554 5.6.0 not this one??X: y"));
}

TEST(Compose, OddRecipientsAreTextInABounceAndNoSenderOfAReply) {
    v1::Email answered = incoming();
    answered.mutable_envelope()->mutable_to(0)->set_address("postmaster");
    answered.mutable_envelope()->mutable_to(1)->set_address(std::string(300, 'l') + "@in.example.com");
    v1::Command command;
    command.mutable_refusal();
    const std::string body = body_of(command);
    const v1::Email bounce = composed(outgoing("", make_reply_to(answered), body));
    ASSERT_EQ(bounce.report().recipients_size(), 2);
    EXPECT_EQ(bounce.report().recipients(0).final(), "postmaster");
    EXPECT_EQ(bounce.report().recipients(1).final(), std::string(300, 'l') + "@in.example.com");
    EXPECT_EQ(composed(outgoing("x", make_reply_to(answered))).from(0).address(), "postmaster@mx.example.com");
}

TEST(Compose, AddressesAreQuotedInTheHeader) {
    const v1::Email email = composed(outgoing("x", "a,b@example.com"));
    ASSERT_EQ(email.to_size(), 1);
    EXPECT_EQ(email.to(0).address(), "\"a,b\"@example.com");
}

TEST(Compose, Hops) {
    const std::pair<std::string_view, std::uint32_t> rows[] = {
        {"", 0}, {" 7 ", 7}, {"-1", 0}, {"7 8", 0}, {"99999999999", 0}, {"5000", 1000}, {"0x10", 0}, {"+1", 0}};
    for (const auto& [value, hops] : rows) EXPECT_EQ(read_hops(value), hops) << value;
}

}  // namespace
}  // namespace millrace::smtp
