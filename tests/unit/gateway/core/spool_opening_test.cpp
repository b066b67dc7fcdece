#include <fstream>

#include "gateway/core/spool_store.hpp"
#include "tests/unit/gateway/core/spool_store_fixture.hpp"

namespace millrace::spool {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class SpoolOpening : public SpoolStore {};

TEST_F(SpoolOpening, ANewerSpoolIsRefused) {
    store_->database().execute("PRAGMA user_version = 4");
    store_.reset();
    const auto opened = Store::open(folder_.path(), clock_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().text,
              "cannot open the spool: a newer Millrace has written it (schema 4, this one knows 3); run that one until "
              "the spool is empty, or name another state_dir");
}

TEST_F(SpoolOpening, ASpoolOfVersion1KeepsWhatItHolds) {
    const auto arrival = accept("kept", {make_lane("web:a")});
    store_->database().execute(
        "DROP TABLE outbox;"
        "CREATE TABLE outbox ("
        "    id INTEGER PRIMARY KEY, lane INTEGER, target, correlation INTEGER, bytes, attempt INTEGER, due INTEGER,"
        "    checksum INTEGER);"
        "CREATE INDEX outbox_by_lane ON outbox (lane);"
        "ALTER TABLE messages DROP COLUMN attached_file;"
        "ALTER TABLE messages DROP COLUMN attached;"
        "PRAGMA user_version = 1");
    reopen();
    const auto lane = arrival.to[0].lane.id;
    EXPECT_THAT(payloads(lane), ElementsAre("kept"));
    Conclusion conclusion;
    conclusion.lane = lane;
    conclusion.endings = {make_ending(arrival.to[0].position)};
    conclusion.outbox.resize(1);
    conclusion.outbox[0].bytes = "alarm";
    commit([&](Store& store) { store.conclude(conclusion); });
    const auto commands = store_->commands(0, 10);
    ASSERT_THAT(commands, SizeIs(1));
    EXPECT_EQ(commands[0].bytes, "alarm");
}

TEST_F(SpoolOpening, ADatabaseOfSomethingElseIsRefused) {
    store_->database().execute("PRAGMA application_id = 5");
    store_.reset();
    const auto opened = Store::open(folder_.path(), clock_);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().text, HasSubstr("is a database of something else"));
}

TEST_F(SpoolOpening, WhatIsNoDatabaseIsRefused) {
    store_.reset();
    std::filesystem::remove(folder_.log());
    std::filesystem::resize_file(folder_.database(), 0);
    std::ofstream(folder_.database()) << std::string(8192, 'x');
    const auto opened = Store::open(folder_.path(), clock_);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().text, HasSubstr("file is not a database"));
}

TEST_F(SpoolOpening, ADatabaseThatIsGoneIsNotBegunAnew) {
    accept("x", {make_lane("web:a")});
    store_.reset();
    std::filesystem::remove(folder_.log());
    std::filesystem::remove(folder_.database());
    const auto opened = Store::open(folder_.path(), clock_);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().text, HasSubstr("its database is empty, and has had 1 commits"));
}

TEST_F(SpoolOpening, WhoHoldsTheDirectoryIsNamed) {
    const auto opened = Store::open(folder_.path(), clock_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().text, "the spool in " + folder_.path() + " is held by process " +
                                       std::to_string(::getpid()) +
                                       ", a gateway or a command that works on it: wait for its end, stop it, or name "
                                       "another state_dir");
}

}  // namespace
}  // namespace millrace::spool
