#include "adapters/smtp/mime/report.hpp"

#include <gtest/gtest.h>

#include "adapters/smtp/mime/structure.hpp"

namespace millrace::smtp::mime {
namespace {

std::optional<Report> report_of(const std::string& raw) {
    Charsets charsets;
    Defects defects;
    Structure structure;
    const Limits limits;
    parse_structure(raw, {limits, charsets, defects}, structure);
    return find_report(structure.parts, limits);
}

std::string with(const std::string& type, const std::string& report, const std::string& original = {}) {
    return "Content-Type: multipart/report; boundary=r\r\n\r\n--r\r\n\r\nfor people\r\n--r\r\nContent-Type: " + type +
           "\r\n\r\n" + report + "\r\n--r\r\n" + original + "\r\n--r--\r\n";
}

TEST(Report, of_a_delivery) {
    const auto report = report_of(with("message/delivery-status",
                                       "Reporting-MTA: dns; mx.example.com\r\n"
                                       "Original-Envelope-Id: QQ314159\r\n"
                                       "\r\n"
                                       "Original-Recipient: rfc822;louisl@larry.example.com\r\n"
                                       "Final-Recipient: RFC822; louisl+x@larry.example.com\r\n"
                                       "Action: Failed\r\n"
                                       "Status: 5.1.1 (no mailbox)\r\n"
                                       "Remote-MTA: dns; larry.example.com\r\n"
                                       "Diagnostic-Code: smtp; 550 5.1.1 no\r\n such user; sorry\r\n"
                                       "\r\n"
                                       "Final-Recipient: rfc822; b@example.com\r\n"
                                       "Action: delayed\r\n"
                                       "Diagnostic-Code: no type here; really\r\n"
                                       "Status: 4.4.1",
                                       "Content-Type: text/rfc822-headers\r\n\r\nFrom: x\r\nMessage-ID: <o@x>\r\n"));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->kind, Report::Kind::delivery);
    EXPECT_EQ(report->reporting_mta, "mx.example.com");
    EXPECT_EQ(report->original_envelope_id, "QQ314159");
    EXPECT_EQ(report->original_message_id, "o@x");
    EXPECT_EQ(report->original, 3u);
    ASSERT_EQ(report->recipients.size(), 2u);
    const Report::Recipient& first = report->recipients[0];
    EXPECT_EQ(first.original, "louisl@larry.example.com");
    EXPECT_EQ(first.final, "louisl+x@larry.example.com");
    EXPECT_EQ(first.action, "failed");
    EXPECT_EQ(first.status, "5.1.1");
    EXPECT_EQ(first.remote_mta, "larry.example.com");
    EXPECT_EQ(first.diagnostic, "550 5.1.1 no such user; sorry");
    EXPECT_EQ(report->recipients[1].final, "b@example.com");
    EXPECT_EQ(report->recipients[1].action, "delayed");
    EXPECT_EQ(report->recipients[1].diagnostic, "no type here; really");
    EXPECT_EQ(report->recipients[1].remote_mta, "");
}

TEST(Report, has_the_mail_itself) {
    for (const std::string_view encoding : {"", "Content-Transfer-Encoding: quoted-printable\r\n"}) {
        const auto report = report_of(
            with("message/delivery-status", "Reporting-MTA: dns; a",
                 "Content-Type: message/rfc822\r\n" + std::string(encoding) + "\r\nMessage-ID: <o@x>\r\n\r\ntext"));
        ASSERT_TRUE(report);
        EXPECT_EQ(report->original_message_id, "o@x");
        EXPECT_TRUE(report->recipients.empty());
    }
}

TEST(Report, of_a_disposition) {
    const auto report = report_of(with("message/disposition-notification",
                                       "Reporting-UA: joes-pc; Foomail 97.1\r\n"
                                       "Final-Recipient: rfc822;joe@example.com\r\n"
                                       "Original-Message-ID: <199509@example.org>\r\n"
                                       "Disposition: manual-action/MDN-sent-manually; Displayed/error"));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->kind, Report::Kind::disposition);
    EXPECT_EQ(report->reporting_mta, "Foomail 97.1");
    EXPECT_EQ(report->original_message_id, "199509@example.org");
    ASSERT_EQ(report->recipients.size(), 1u);
    EXPECT_EQ(report->recipients[0].final, "joe@example.com");
    EXPECT_EQ(report->recipients[0].action, "displayed");
    EXPECT_FALSE(report->original);
}

TEST(Report, of_a_complaint) {
    const auto report = report_of(with("message/feedback-report",
                                       "Feedback-Type: Abuse\r\nUser-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n"
                                       "Original-Rcpt-To: <user@example.com>\r\nOriginal-Rcpt-To: b@example.com"));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->kind, Report::Kind::feedback);
    EXPECT_EQ(report->feedback_type, "abuse");
    EXPECT_EQ(report->reporting_mta, "SomeGenerator/1.0");
    ASSERT_EQ(report->recipients.size(), 2u);
    EXPECT_EQ(report->recipients[0].original, "user@example.com");
}

TEST(Report, is_none_without_its_part) {
    EXPECT_FALSE(report_of("Subject: Undelivered\r\n\r\ntext"));
    EXPECT_FALSE(report_of(with("text/plain", "Action: failed")));
    // In a message that is forwarded.
    EXPECT_FALSE(
        report_of("Content-Type: multipart/mixed; boundary=f\r\n\r\n--f\r\nContent-Type: message/rfc822\r\n\r\n" +
                  with("message/delivery-status", "Reporting-MTA: dns; a") + "\r\n--f--"));
}

TEST(Report, is_read_whatever_is_wrong_with_it) {
    const auto report =
        report_of(with("message/delivery-status", "no field\r\n\r\nAction: failed\r\nStatus:\r\n\r\n\r\n"));
    ASSERT_TRUE(report);
}

}  // namespace
}  // namespace millrace::smtp::mime
