#include "adapters/smtp/mime/calendar.hpp"

#include <gtest/gtest.h>

namespace millrace::smtp::mime {
namespace {

TEST(Calendar, says_what_is_sure_of_its_first_component) {
    const auto calendar = parse_calendar(
        "BEGIN:VCALENDAR\r\n"
        "METHOD:request\r\n"
        "BEGIN:VTIMEZONE\r\n"
        "TZID:Europe/Berlin\r\n"
        "BEGIN:STANDARD\r\n"
        "END:STANDARD\r\n"
        "END:VTIMEZONE\r\n"
        "begin:vevent\r\n"
        "BEGIN:VALARM\r\n"
        "UID:of-the-alarm\r\n"
        "END:VALARM\r\n"
        "UID:2008110415\r\n"
        " 2010@example.com\r\n"
        "SEQUENCE:2\r\n"
        "ORGANIZER;CN=\"Doe: John; Jr\":mailto:doe@example.com\r\n"
        "RECURRENCE-ID:20081104T100000Z\r\n"
        "DTSTAMP:20081101T080000Z\r\n"
        "END:VEVENT\r\n"
        "BEGIN:VEVENT\r\n"
        "UID:second\r\n"
        "END:VEVENT\r\n"
        "END:VCALENDAR\r\n");
    ASSERT_TRUE(calendar);
    EXPECT_EQ(calendar->method, "REQUEST");
    EXPECT_EQ(calendar->component, "VEVENT");
    EXPECT_EQ(calendar->uid, "20081104152010@example.com");
    EXPECT_EQ(calendar->sequence, "2");
    EXPECT_EQ(calendar->organizer, "mailto:doe@example.com");
    EXPECT_EQ(calendar->recurrence_id, "20081104T100000Z");
    EXPECT_EQ(calendar->dtstamp, "20081101T080000Z");
}

TEST(Calendar, is_read_whatever_is_wrong_with_it) {
    EXPECT_FALSE(parse_calendar(""));
    EXPECT_FALSE(parse_calendar("UID:x\nBEGIN:VEVENT\nEND:VEVENT\n"));
    EXPECT_EQ(parse_calendar("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:x")->uid, "x");
    EXPECT_EQ(parse_calendar("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID\nUID:\nUID:x\nUID:y")->uid, "x");
    EXPECT_EQ(parse_calendar("BEGIN:VCALENDAR\nUID:outside\nEND:VCALENDAR\n")->uid, "");
    EXPECT_EQ(parse_calendar("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:" + std::string(5000, 'x'))->uid.size(), 1000u);
}

}  // namespace
}  // namespace millrace::smtp::mime
