// A bit flipped anywhere in the database or its log. `--flips=N` flips any number of them, each in a fresh copy.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "tests/unit/gateway/core/spool_fixture.hpp"

namespace millrace::spool {
namespace {

namespace fs = std::filesystem;

std::size_t flips_in_all = 200;

constexpr int kLanes = 5;
constexpr int kMessages = 200;

struct Tally {
    std::size_t harmless = 0;
    std::size_t refused = 0;    // The spool did not open.
    std::size_t faults = 0;     // SQLite noticed.
    std::size_t put_aside = 0;  // A checksum did.
    std::size_t found = 0;      // verify() did.
    std::size_t missing = 0;    // Messages, over all flips.
    std::size_t unnoticed = 0;  // Flips that lost something and that nobody named.
    std::size_t altered = 0;
};

class SpoolDamage : public ::testing::Test {
  protected:
    // Some of it in the database, some in the log.
    void fill() {
        auto opened = Store::open(whole_.path(), clock_);
        ASSERT_TRUE(opened) << opened.error().text;
        for (int i = 0; i < kMessages; ++i) {
            if (i == kMessages / 4) (*opened)->database().checkpoint();
            auto arrival = make_arrival(payload(i), {make_lane("web:" + std::to_string(i % kLanes))});
            (*opened)->begin();
            (*opened)->accept(arrival);
            ASSERT_FALSE((*opened)->commit());
        }
    }

    static std::string payload(int i) {
        return std::to_string(i) + ":" + std::string(static_cast<std::size_t>(i % 300), 'p');
    }

    void flip(const fs::path& file, std::uint64_t bit) {
        std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(static_cast<std::streamoff>(bit / 8));
        const int byte = stream.get();
        stream.seekp(static_cast<std::streamoff>(bit / 8));
        stream.put(static_cast<char>(byte ^ (1 << bit % 8)));
    }

    // Reads all that there is, as a gateway would.
    void judge(const std::string& folder) {
        auto opened = Store::open(folder, clock_);
        if (!opened) {
            ++tally_.refused;
            return;
        }
        Store& store = **opened;
        std::size_t delivered = 0;
        store.begin();
        for (const Busy& busy : store.busy_lanes(0, 1000)) {
            Page page = store.page(busy.lane.id, 0, 10'000, SIZE_MAX);
            for (const auto& [delivery, message] : page.entries) {
                ++delivered;
                const int number = std::atoi(message.payload.c_str());
                const bool is_own =
                    busy.lane.consumer.empty() || busy.lane.scope == "web:" + std::to_string(number % kLanes);
                if (message.payload != payload(number) || message.fields != "fields" || !is_own) ++tally_.altered;
            }
        }
        const bool has_fault = store.commit().has_value();
        const bool is_put_aside = !has_fault && store.damage().count() > 0;
        const bool is_found = !has_fault && !is_put_aside && !verify_all(store).is_whole();
        tally_.faults += has_fault;
        tally_.put_aside += is_put_aside;
        tally_.found += is_found;
        tally_.missing += kMessages - delivered;
        if (has_fault || is_put_aside || is_found) return;
        if (delivered == kMessages) {
            ++tally_.harmless;
        } else {
            ++tally_.unnoticed;
        }
    }

    SpoolFolder whole_;
    testing::ManualClock clock_;
    Tally tally_;
};

TEST_F(SpoolDamage, AFlippedBitIsNoticedAndDeliversNothingElse) {
    const unsigned seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    std::mt19937_64 random(seed);
    fill();
    for (std::size_t i = 0; i < flips_in_all; ++i) {
        SpoolFolder copy;
        fs::copy(whole_.path(), copy.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
        const fs::path file = i % 2 == 0 ? copy.database() : copy.log();
        const auto bit = random() % (fs::file_size(file) * 8);
        SCOPED_TRACE(file.filename().string() + " bit " + std::to_string(bit));
        flip(file, bit);
        judge(copy.path());
    }
    std::printf(
        "%zu flips: %zu harmless, %zu refused at the start, %zu faults, %zu put aside, %zu found by verify; %zu "
        "messages missing\n",
        flips_in_all, tally_.harmless, tally_.refused, tally_.faults, tally_.put_aside, tally_.found, tally_.missing);
    EXPECT_EQ(tally_.altered, 0u);
    EXPECT_EQ(tally_.unnoticed, 0u);
    EXPECT_GT(tally_.put_aside, 0u);
}

TEST_F(SpoolDamage, TheLogThatEndsEarlyIsNamed) {
    fill();
    const auto size = fs::file_size(whole_.log());
    flip(whole_.log(), (size - 8000) * 8);
    auto opened = Store::open(whole_.path(), clock_);
    ASSERT_TRUE(opened);
    const auto damage = (*opened)->damage().list();
    ASSERT_THAT(damage, ::testing::SizeIs(1));
    EXPECT_THAT(damage[0].what,
                ::testing::MatchesRegex("the last [0-9]+ commits: the write-ahead log ends before them"));
    auto arrival = make_arrival("next", {make_lane("web:0")});
    (*opened)->begin();
    (*opened)->accept(arrival);
    EXPECT_FALSE((*opened)->commit());
    EXPECT_GT(arrival.message.id, kMessages * 2) << "ids that were lost are not given again";
}

// Each kind of row, with a column changed behind its checksum.
TEST_F(SpoolDamage, ARowIsPutAsideAlone) {
    struct Case {
        const char* change;
        const char* finding;
        std::size_t delivered;
    };
    const Case cases[] = {
        {"UPDATE messages SET payload = x'00' WHERE id = (SELECT min(id) FROM messages)", "message .*checksum", 199},
        {"UPDATE messages SET hops = 3 WHERE id = (SELECT max(id) FROM messages)", "message .*checksum", 199},
        {"UPDATE deliveries SET attempt = 2 WHERE position = (SELECT max(position) FROM deliveries)", "delivery", 199},
        {"UPDATE deliveries SET message = 1000000 WHERE position = (SELECT max(position) FROM deliveries)", "delivery",
         199},
        {"UPDATE lanes SET seq = 77 WHERE id = (SELECT min(id) FROM lanes)", "lane .*checksum", 200},
        {"UPDATE lanes SET consumer = x'00' WHERE id = (SELECT min(id) FROM lanes)", "lane .*checksum", 200},
        {"UPDATE lanes SET state = x'00' WHERE id = (SELECT min(id) FROM lanes)", "lane .*checksum", 200},
        {"UPDATE facts SET messages = 0", "the row of totals", 200},
        {"INSERT INTO timers VALUES ((SELECT min(id) FROM lanes), x'00', 5, 0, 0)", "timer .*checksum", 200},
    };
    fill();
    for (const auto& [change, finding, delivered] : cases) {
        SCOPED_TRACE(change);
        SpoolFolder copy;
        fs::copy(whole_.path(), copy.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
        auto opened = Store::open(copy.path(), clock_);
        ASSERT_TRUE(opened);
        (*opened)->database().execute(change);
        opened->reset();
        opened = Store::open(copy.path(), clock_);
        ASSERT_TRUE(opened);
        Store& store = **opened;
        std::size_t count = 0;
        store.begin();
        for (const Busy& busy : store.busy_lanes(0, 100))
            count += store.page(busy.lane.id, 0, 1000, SIZE_MAX).entries.size();
        EXPECT_FALSE(store.commit());
        EXPECT_EQ(count, delivered);
        const auto damage = store.damage().list();
        ASSERT_THAT(damage, ::testing::SizeIs(::testing::Ge(1u)));
        EXPECT_THAT(damage[0].what, ::testing::ContainsRegex(finding));
    }
}

}  // namespace
}  // namespace millrace::spool

int main(int argc, char** argv) {
    ::testing::InitGoogleMock(&argc, argv);
    for (int i = 1; i < argc; ++i) {
        std::size_t flips = 0;
        if (std::sscanf(argv[i], "--flips=%zu", &flips) == 1) millrace::spool::flips_in_all = flips;
    }
    return RUN_ALL_TESTS();
}
