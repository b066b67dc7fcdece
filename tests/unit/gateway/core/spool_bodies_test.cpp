#include "gateway/core/spool_bodies.hpp"

#include <fstream>

#include "tests/unit/gateway/core/spool_fixture.hpp"

namespace millrace::spool {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string large_body(Bodies::kInlineBytesMax + 1, 'b');

class SpoolBodies : public ::testing::Test {
  protected:
    SpoolBodies() { reopen(); }

    void reopen() {
        store_.reset();
        auto opened = Store::open(folder_.path(), clock_);
        ASSERT_TRUE(opened) << opened.error().text;
        store_ = std::move(*opened);
    }

    Arrival accept(std::string payload) {
        auto arrival = make_arrival(std::move(payload), {make_lane("web:a")});
        store_->begin();
        store_->accept(arrival);
        EXPECT_FALSE(store_->commit());
        return arrival;
    }

    Page page(const Arrival& arrival) {
        store_->begin();
        auto page = store_->page(arrival.to[0].lane.id, 0, 10, SIZE_MAX);
        EXPECT_FALSE(store_->commit());
        return page;
    }

    std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder_.path() + "/bodies")) {
            names.push_back(entry.path().filename());
        }
        return names;
    }

    SpoolFolder folder_;
    testing::ManualClock clock_;
    std::unique_ptr<Store> store_;
};

TEST_F(SpoolBodies, OnlyALargePayloadIsAFile) {
    accept(std::string(Bodies::kInlineBytesMax, 'a'));
    EXPECT_THAT(files(), IsEmpty());
    const auto arrival = accept(large_body);
    EXPECT_THAT(files(), ::testing::ElementsAre(std::to_string(arrival.message.id) + ".body"));
    reopen();
    EXPECT_EQ(store_->orphans(), 0u);
    EXPECT_EQ(page(arrival).entries.at(1).message.payload, large_body);
    EXPECT_EQ(store_->facts().totals.bytes, static_cast<std::int64_t>(large_body.size() * 2 - 1 + 12));
}

BodyFilePtr sealed(const std::string& directory, std::string_view bytes) {
    auto body = BodyFile::create(directory);
    EXPECT_TRUE(body) << body.error().text;
    EXPECT_TRUE((*body)->append(bytes));
    EXPECT_TRUE((*body)->seal());
    return *body;
}

TEST_F(SpoolBodies, ABodyThatIsAFileIsNotCopied) {
    const SpoolFolder other;
    auto arrival = make_arrival("text", {make_lane("web:a")});
    arrival.message.body_file = sealed(other.path(), large_body);
    store_->begin();
    store_->accept(arrival);
    EXPECT_FALSE(store_->commit());
    const std::string file = std::to_string(arrival.message.id) + ".attached";
    EXPECT_THAT(files(), ::testing::ElementsAre(file));
    std::ofstream(folder_.path() + "/bodies/" + file, std::ios::in | std::ios::out) << 'c';
    EXPECT_EQ(arrival.message.body_bytes()[0], 'c');  // It is the same.
    std::ofstream(folder_.path() + "/bodies/" + file, std::ios::in | std::ios::out) << 'b';
    reopen();
    const Message found = page(arrival).entries.at(0).message;
    EXPECT_EQ(found.payload, "text");
    EXPECT_EQ(found.body_bytes(), large_body);
    EXPECT_EQ(store_->facts().totals.bytes, static_cast<std::int64_t>(large_body.size() + 4 + 6));
}

TEST_F(SpoolBodies, ABodyThatCannotBeLinkedIsCopied) {
    const BodyFilePtr body = sealed(folder_.path(), large_body);
    std::vector<Arrival> arrivals;
    for (const bool is_undone : {true, false, false}) {
        arrivals.push_back(make_arrival("text", {make_lane("web:a")}));
        arrivals.back().message.body_file = body;
        store_->begin();
        store_->accept(arrivals.back());
        if (is_undone) store_->roll_back();
        if (!is_undone) {
            EXPECT_FALSE(store_->commit());
        }
    }
    EXPECT_THAT(files(), SizeIs(2));
    for (const std::size_t i : {0u, 1u}) EXPECT_EQ(page(arrivals[1]).entries.at(i).message.body_bytes(), large_body);
}

TEST_F(SpoolBodies, ASmallBodyIsPartOfItsRow) {
    for (const bool is_file : {true, false}) {
        auto arrival = make_arrival("text", {make_lane(is_file ? "web:a" : "web:b")});
        if (is_file) arrival.message.body_file = sealed(folder_.path(), "small");
        if (!is_file) arrival.message.body = "small";
        store_->begin();
        store_->accept(arrival);
        EXPECT_FALSE(store_->commit());
        EXPECT_THAT(files(), IsEmpty());
        EXPECT_EQ(page(arrival).entries.at(0).message.body_bytes(), "small");
    }
}

TEST_F(SpoolBodies, ABodyThatWasExchangedOrIsGoneIsDamage) {
    for (const bool is_gone : {true, false}) {
        auto arrival = make_arrival("text", {make_lane(is_gone ? "web:a" : "web:b")});
        arrival.message.body_file = sealed(folder_.path(), large_body);
        store_->begin();
        store_->accept(arrival);
        EXPECT_FALSE(store_->commit());
        const std::string file = folder_.path() + "/bodies/" + std::to_string(arrival.message.id) + ".attached";
        if (is_gone) std::filesystem::remove(file);
        if (!is_gone) std::ofstream(file, std::ios::in | std::ios::out) << 'c';
        EXPECT_EQ(page(arrival).damaged, 1u);
    }
}

TEST_F(SpoolBodies, TheFileGoesBehindTheCommitThatRemovesItsMessage) {
    const auto arrival = accept(large_body);
    Conclusion conclusion;
    conclusion.lane = arrival.to[0].lane.id;
    conclusion.endings = {make_ending(arrival.to[0].position)};
    store_->begin();
    store_->conclude(conclusion);
    EXPECT_THAT(files(), SizeIs(1));
    store_->roll_back();
    EXPECT_THAT(files(), SizeIs(1));
    store_->begin();
    store_->conclude(conclusion);
    EXPECT_FALSE(store_->commit());
    EXPECT_THAT(files(), IsEmpty());
    EXPECT_EQ(store_->facts().totals.bytes, 0);
}

TEST_F(SpoolBodies, AMessageThatIsUndoneLeavesNoFile) {
    auto arrival = make_arrival(large_body, {make_lane("web:a")});
    store_->begin();
    store_->accept(arrival);
    EXPECT_THAT(files(), SizeIs(1));
    store_->roll_back();
    EXPECT_THAT(files(), IsEmpty());
}

TEST_F(SpoolBodies, OrphansAreSweptAtTheStartAndNothingElse) {
    const auto arrival = accept(large_body);
    store_.reset();
    for (const char* name : {"999.body", "999.body.new", "note.txt", "x.body", "5"}) {
        std::ofstream(folder_.path() + "/bodies/" + name) << "x";
    }
    std::ofstream(folder_.body(arrival.message.id) + ".new") << "x";
    reopen();
    EXPECT_EQ(store_->orphans(), 3u);
    EXPECT_THAT(files(), ::testing::UnorderedElementsAre(std::to_string(arrival.message.id) + ".body", "note.txt",
                                                         "x.body", "5"));
}

TEST_F(SpoolBodies, AFileThatIsNotWhatItWasIsNotDelivered) {
    struct Case {
        const char* what;
        std::function<void(const std::string&)> spoil;
        const char* finding;
    };
    const std::vector<Case> cases = {
        {"missing", [](const std::string& path) { std::filesystem::remove(path); }, "No such file or directory"},
        {"truncated", [](const std::string& path) { std::filesystem::resize_file(path, 10); },
         ".body has 10 bytes, and had 262145"},
        {"longer", [](const std::string& path) { std::ofstream(path, std::ios::app) << "x"; },
         ".body has 262146 bytes, and had 262145"},
        {"altered",
         [](const std::string& path) {
             std::fstream file(path, std::ios::in | std::ios::out);
             file.seekp(100) << "x";
         },
         "its checksum is wrong"},
    };
    std::int64_t damaged = 0;
    for (const auto& [what, spoil, finding] : cases) {
        SCOPED_TRACE(what);
        const auto arrival = accept(large_body);
        const auto whole = accept("whole");
        spoil(folder_.body(arrival.message.id));
        const auto verified = verify_all(*store_);
        EXPECT_FALSE(verified.is_whole());
        EXPECT_THAT(verified.findings, ::testing::Contains(HasSubstr(finding)));
        EXPECT_EQ(store_->damage().count(), damaged) << "looking changes nothing";
        const auto found = page(arrival);
        ASSERT_THAT(found.entries, SizeIs(1)) << "it alone";
        EXPECT_EQ(found.damaged, 1u);
        EXPECT_EQ(found.entries[0].message.payload, "whole");
        damaged += 2;  // The message and its delivery.
        EXPECT_EQ(store_->damage().count(), damaged);
        EXPECT_THAT(store_->damage().list().at(static_cast<std::size_t>(damaged - 2)).what, HasSubstr(finding));
        Conclusion conclusion;
        conclusion.lane = arrival.to[0].lane.id;
        conclusion.endings = {make_ending(whole.to[0].position)};
        store_->begin();
        store_->conclude(conclusion);
        EXPECT_FALSE(store_->commit());
        EXPECT_EQ(store_->facts().totals.deliveries, 0);
        EXPECT_EQ(store_->facts().totals.bytes, 0);
        reopen();
        EXPECT_TRUE(verify_all(*store_).is_whole());
    }
}

}  // namespace
}  // namespace millrace::spool
