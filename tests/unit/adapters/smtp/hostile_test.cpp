// Mails of 25 MB that are made to take long. Each is read within a bound that is far from what it would take if the
// time were not linear in its size, and far from what it takes.
#include <gtest/gtest.h>

#include <chrono>
#include <iostream>

#include "adapters/smtp/normalise.hpp"

namespace millrace::smtp {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kBytes = 2'500'000;
#else
constexpr std::size_t kBytes = 25'000'000;
#endif
constexpr std::size_t kTableBytes = kBytes / 5;  // Where there are many of a kind.
constexpr std::chrono::seconds kBound(3);

// `part` again and again behind `begin`, until there is enough.
std::string repeated(std::string_view begin, std::string_view part, std::size_t size = kBytes) {
    std::string mail(begin);
    mail.reserve(size + part.size());
    while (mail.size() < size) mail += part;
    return mail;
}

const v1::Email& read(Normaliser& normaliser, std::string_view mail) {
    const auto begin = std::chrono::steady_clock::now();
    const v1::Email& email = normaliser.read({}, mail);
    const auto took = std::chrono::steady_clock::now() - begin;
    std::cout << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms\n";
    EXPECT_LT(took, kBound);
    EXPECT_LT(email.ByteSizeLong(), 16'000'000u) << "what was read is bounded, too";
    return email;
}

bool has(const v1::Email& email, v1::Email::Defect::Code code) {
    for (const auto& defect : email.defects()) {
        if (defect.code() == code) return true;
    }
    return false;
}

class Hostile : public testing::Test {
  protected:
    Normaliser normaliser_;
};

TEST_F(Hostile, multiparts_within_multiparts) {
    std::string mail;
    for (std::size_t i = 0; mail.size() < kBytes; ++i) {
        const std::string name = "b" + std::to_string(i);
        if (i > 0) mail += "--b" + std::to_string(i - 1) + "\r\n";
        mail += "Content-Type: multipart/mixed; boundary=" + name + "\r\n\r\n";
    }
    const v1::Email& email = read(normaliser_, mail);
    EXPECT_EQ(email.parts_size(), 65);
    EXPECT_TRUE(has(email, v1::Email::Defect::DEPTH_LIMIT));
    EXPECT_TRUE(email.partial());
}

TEST_F(Hostile, messages_within_messages) {
    const v1::Email& email = read(normaliser_, repeated({}, "Content-Type: message/rfc822\r\n\r\n"));
    EXPECT_EQ(email.parts_size(), 65);
    EXPECT_TRUE(has(email, v1::Email::Defect::DEPTH_LIMIT));
}

TEST_F(Hostile, one_boundary_for_all_depths) {
    const v1::Email& email =
        read(normaliser_, repeated({}, "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"));
    EXPECT_TRUE(has(email, v1::Email::Defect::DEPTH_LIMIT));
}

TEST_F(Hostile, a_million_boundaries) {
    const v1::Email& email = read(
        normaliser_, repeated("Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\n\r\n.............\r\n"));
    EXPECT_EQ(email.parts_size(), 1000);
    EXPECT_TRUE(has(email, v1::Email::Defect::PART_LIMIT));
}

TEST_F(Hostile, lines_that_are_almost_boundaries_of_many_depths) {
    std::string mail;
    for (int i = 0; i < 63; ++i) {
        const std::string name = std::string(150, 'b') + std::to_string(100 + i);
        mail += "Content-Type: multipart/mixed; boundary=" + name + "\r\n\r\n--" + name + "\r\n";
    }
    const std::string almost = "\r\n--" + std::string(150, 'b') + "999\r\n";
    EXPECT_EQ(read(normaliser_, repeated(mail + "\r\n", almost)).parts_size(), 64);
}

TEST_F(Hostile, a_million_header_fields) {
    const v1::Email& email = read(normaliser_, repeated({}, "X-Some-Field: a value\r\n"));
    EXPECT_EQ(email.headers_size(), 1000);
    EXPECT_TRUE(has(email, v1::Email::Defect::HEADER_LIMIT));
}

TEST_F(Hostile, lines_that_are_almost_fields) {
    EXPECT_TRUE(has(read(normaliser_, repeated({}, "no field\r\nA: b\r\n")), v1::Email::Defect::NO_COLON));
}

TEST_F(Hostile, one_field_without_end) {
    for (const std::string_view part : {"word ", "word\r\n ", "=?utf-8?q?a?= ", "=?iso-2022-jp?b?GyRCJCIbKEI=?=\r\n ",
                                        "=?", "=?a?q?", "=?utf-8?b?====", "\xFF", "\r"}) {
        SCOPED_TRACE(part);
        EXPECT_TRUE(has(read(normaliser_, repeated("Subject: ", part)), v1::Email::Defect::HEADER_LIMIT));
    }
}

// Every field as long as may be, until there is no more room.
TEST_F(Hostile, many_fields_of_encoded_words_in_all_sets) {
    const std::string words =
        repeated({}, "=?koi8-r?q?=C1?= =?big5?b?pKQ=?= =?utf-7?q?+AGE-?= =?shift_jis?q?=82=A0?=\r\n ", 60'000);
    EXPECT_GT(read(normaliser_, repeated({}, "Subject: " + words + "x\r\n")).headers_size(), 10);
}

TEST_F(Hostile, addresses_without_end) {
    for (const std::string_view part :
         {"a@b.c, ", "a:", "(", "<", "\"", "a b ", "@", "<@a,", "a@", "a. ", "[", "\\", "=?u?q?,", ";", "(\\"}) {
        SCOPED_TRACE(part);
        const std::string field = "To: " + repeated({}, part, 60'000) + "\r\n";
        EXPECT_FALSE(read(normaliser_, repeated(field + field, "Cc: a@b.c\r\n", kTableBytes)).defects().empty());
        EXPECT_TRUE(has(read(normaliser_, repeated("To: ", part, kTableBytes)), v1::Email::Defect::HEADER_LIMIT));
    }
}

TEST_F(Hostile, parameters_without_end) {
    for (const std::string_view part : {"; a=b", "; a*1=b", "; a*999999999=b", "; a=\"", ";", "=", "; a*=utf-8''%41",
                                        "(", "*", "; x*0*=utf-8'a'%FF; x*1*=%FE"}) {
        SCOPED_TRACE(part);
        EXPECT_FALSE(read(normaliser_, repeated("Content-Type: text/plain", part, kTableBytes)).defects().empty());
        const std::string header = "Content-Type: text/plain" + repeated({}, part, 8000) + "\r\n\r\n";
        read(normaliser_, repeated("Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\n" + header + "\r\n"));
    }
}

TEST_F(Hostile, ids_without_end) {
    for (const std::string_view part : {"<a@b> ", "<", ">", "a ", "<a", "("}) {
        SCOPED_TRACE(part);
        EXPECT_TRUE(
            has(read(normaliser_, repeated("References: ", part, kTableBytes)), v1::Email::Defect::HEADER_LIMIT));
    }
}

TEST_F(Hostile, contents_that_decode_slowly) {
    for (const std::string_view encoding : {"base64", "quoted-printable"}) {
        for (const std::string_view part : {"=", "= ", "=\r\n", "a=", " ", "=4", "A", "QUJD\r\n", "*", "\n"}) {
            for (const std::string_view type : {"text/plain; charset=utf-16", "application/x"}) {
                SCOPED_TRACE(std::string(encoding) + ' ' + std::string(part) + ' ' + std::string(type));
                const std::string header = "Content-Type: " + std::string(type) +
                                           "\r\nContent-Transfer-Encoding: " + std::string(encoding) + "\r\n\r\n";
                read(normaliser_, repeated(header, part, kTableBytes));
            }
        }
    }
}

TEST_F(Hostile, texts_that_are_no_text) {
    for (const std::string_view charset : {"utf-8", "utf-7", "utf-16", "iso-2022-jp", "iso-2022-kr", "gb18030", "big5",
                                           "euc-jp", "cp949", "windows-1252", "no-such-set"}) {
        for (const std::string_view part : {"\xFF", "\x1B$B", "+", "\x81", "a"}) {
            SCOPED_TRACE(std::string(charset) + ' ' + std::string(part));
            const std::string header = "Content-Type: text/plain; charset=" + std::string(charset) + "\r\n\r\n";
            EXPECT_TRUE(read(normaliser_, repeated(header, part, kTableBytes)).text_truncated());
            EXPECT_LE(normaliser_.text().size(), 4 * 256 * 1024u);
        }
    }
}

TEST_F(Hostile, a_thousand_parts_of_text_in_all_sets) {
    const std::string part =
        "--b\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n" +
        repeated({}, "GyRCJCIbKEI=", 24'000) + "\r\n";
    EXPECT_TRUE(read(normaliser_, repeated("Content-Type: multipart/mixed; boundary=b\r\n\r\n", part, kBytes))
                    .text_truncated());
}

TEST_F(Hostile, reports_and_calendars_without_end) {
    for (const std::string_view type : {"message/delivery-status", "message/feedback-report", "text/calendar"}) {
        for (const std::string_view part : {"Final-Recipient: a\r\n\r\n", "Original-Rcpt-To: a\r\n", "\r\n", "x",
                                            " x\r\n", "BEGIN:VCALENDAR\r\n", "UID:\r\n "}) {
            SCOPED_TRACE(std::string(type) + ' ' + std::string(part));
            read(normaliser_, repeated("Content-Type: " + std::string(type) + "\r\n\r\n", part, kTableBytes));
        }
    }
}

}  // namespace
}  // namespace millrace::smtp
