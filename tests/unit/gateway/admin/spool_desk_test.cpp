#include "gateway/admin/spool_desk.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/post.hpp>
#include <mutex>
#include <thread>

#include "tests/support/faulty_disk.hpp"
#include "tests/unit/gateway/admin/letters_fixture.hpp"

namespace millrace::admin {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using asio::local::stream_protocol;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A spool with its writer, and whoever asks at the other end of a socket.
class SpoolDesk : public ::testing::Test {
  protected:
    SpoolDesk() {
        config_.consumers.emplace_back().name = "billing";
        open();
    }
    ~SpoolDesk() override { end(); }

    void open() {
        auto opened = spool::Spool::open({.directory = folder_.path()}, clock_);
        ASSERT_TRUE(opened) << opened.error().text;
        spool_ = std::move(*opened);
    }

    void bury(int count) {
        spool::run(*spool_, [&](spool::Store& store) {
            for (int i = 0; i < count; ++i) {
                spool::DeadLetter letter = testing::make_letter(std::to_string(i), clock_.now_us());
                store.bury(letter);
            }
        });
    }

    std::int64_t letters() {
        std::int64_t letters = 0;
        spool::run(*spool_, [&](spool::Store& store) { letters = store.dead_letters().total().letters; });
        return letters;
    }

    // Begins to serve one request.
    void ask(const std::string& request) {
        stream_protocol::socket here(io_), there(io_);
        asio::local::connect_pair(here, there);
        peer_ = std::make_unique<stream_protocol::iostream>(std::move(there));
        request_ = json::parse(request).as_object();
        asio::co_spawn(io_, serve(std::move(here)), asio::detached);
        thread_ = std::thread([this] { io_.run(); });
    }

    std::string next() {
        std::string line;
        std::getline(*peer_, line);
        return line;
    }

    // All lines up to the end of the answer.
    std::vector<std::string> rest() {
        std::vector<std::string> lines;
        for (std::string line; std::getline(*peer_, line);) lines.push_back(line);
        return lines;
    }

    void hang_up() { peer_.reset(); }
    void stop() {
        asio::post(io_, [this] { is_ending_ = true; });
    }

    // Waits for the end of what is served.
    void end() {
        if (thread_.joinable()) thread_.join();
        io_.restart();
    }

    std::vector<std::string> answer(const std::string& request) {
        ask(request);
        auto lines = rest();
        end();
        return lines;
    }

    std::vector<std::int64_t> told() {
        std::lock_guard lock(mutex_);
        return told_;
    }

    spool::SpoolFolder folder_;
    testing::ManualClock clock_;
    std::unique_ptr<spool::Spool> spool_;
    bool has_spool_ = true;

  private:
    asio::awaitable<void> serve(stream_protocol::socket socket) {
        const SpoolAccess access{[this] { return has_spool_ ? spool_.get() : nullptr; },
                                 [this](const std::vector<std::int64_t>& lanes) {
                                     std::lock_guard lock(mutex_);
                                     told_.insert(told_.end(), lanes.begin(), lanes.end());
                                 }};
        co_await answer_spool_request(socket, request_, config_, access, clock_, is_ending_);
    }

    Config config_;
    asio::io_context io_{1};
    std::unique_ptr<stream_protocol::iostream> peer_;
    json::object request_;
    std::thread thread_;
    bool is_ending_ = false;
    std::mutex mutex_;
    std::vector<std::int64_t> told_;  // Guarded by mutex_.
};

constexpr const char* kDone = R"({"done":true})";

TEST_F(SpoolDesk, AnswersAndSaysThatItIsDone) {
    EXPECT_THAT(answer(R"({"do":"dlq","command":"list"})"), ElementsAre(kDone));
    bury(1200);
    const auto lines = answer(R"({"do":"dlq","command":"list","route":"orders"})");
    ASSERT_THAT(lines, SizeIs(1201));
    EXPECT_THAT(lines.front(), HasSubstr(R"("consumer":"billing")"));
    EXPECT_EQ(lines.back(), kDone);
    EXPECT_THAT(answer(R"({"do":"spool","command":"stats"})").front(), HasSubstr(R"("letters":1200)"));
    EXPECT_THAT(answer(R"({"do":"spool","command":"verify"})").front(), HasSubstr(R"("wrong":0,"at_rest":false)"));
}

TEST_F(SpoolDesk, TellsWhichLanesGotDeliveries) {
    bury(250);
    const auto lines = answer(R"({"do":"dlq","command":"requeue"})");
    EXPECT_THAT(lines, ElementsAre(R"({"requeued":100,"of":250,"unreadable":0,"homeless":0})",
                                   R"({"requeued":200,"of":250,"unreadable":0,"homeless":0})",
                                   R"({"requeued":250,"of":250,"unreadable":0,"homeless":0})", kDone));
    EXPECT_THAT(told(), SizeIs(3)) << "once for each portion";
    spool::run(*spool_, [&](spool::Store& store) { EXPECT_EQ(store.busy_lanes(0, 1).at(0).lane.id, told()[0]); });
    EXPECT_EQ(spool_->deliveries(), 250);
    EXPECT_EQ(letters(), 0);
}

TEST_F(SpoolDesk, WhatIsWrongIsAnError) {
    EXPECT_THAT(answer(R"({"do":"dlq","command":"burn"})"),
                ElementsAre(R"({"error":"there is no command \"burn\" for dead letters"})"));
    EXPECT_THAT(answer(R"({"do":"spool","command":"burn"})"),
                ElementsAre(R"({"error":"spool has the commands 'ls', 'stats' and 'verify'"})"));
    EXPECT_THAT(answer(R"({"do":"dlq","command":"drop","ids":[77]})"),
                ElementsAre(R"({"error":"there is no dead letter 77; nothing was done"})"));
}

TEST_F(SpoolDesk, WithoutASpoolItSaysSo) {
    has_spool_ = false;
    EXPECT_THAT(answer(R"({"do":"spool","command":"ls"})"),
                ElementsAre(R"({"end":"the gateway that runs has no spool: none of its routes is durable"})"));
}

TEST_F(SpoolDesk, WhoHangsUpEndsItBehindThePortion) {
    bury(1000);
    ask(R"({"do":"dlq","command":"requeue","rate":"10/s"})");
    EXPECT_THAT(next(), HasSubstr(R"("requeued":1,)"));
    hang_up();
    end();
    EXPECT_GT(letters(), 900);
}

TEST_F(SpoolDesk, TheEndOfTheGatewayEndsItBehindThePortion) {
    bury(1000);
    ask(R"({"do":"dlq","command":"requeue","rate":"1/s"})");
    EXPECT_THAT(next(), HasSubstr(R"("requeued":1,)"));
    stop();
    EXPECT_EQ(rest().back(), R"({"end":"the gateway stops"})");
    end();
    EXPECT_GT(letters(), 900);
}

TEST_F(SpoolDesk, WhoDoesNotReadHoldsNobodyElse) {
    bury(20'000);
    ask(R"({"do":"dlq","command":"export"})");
    EXPECT_THAT(next(), HasSubstr("\"dead_letter\""));
    EXPECT_EQ(letters(), 20'000) << "the writer goes on";
    EXPECT_EQ(rest().back(), kDone);
}

TEST_F(SpoolDesk, OthersAreWrittenMeanwhile) {
    bury(10'000);
    ask(R"({"do":"dlq","command":"requeue"})");
    std::int64_t longest_us = 0;
    std::size_t written = 0;
    for (std::string line = next(); line != kDone; line = next()) {
        const auto began_us = system_clock().steady_us();
        auto arrival = spool::make_arrival("x", {spool::make_lane("web:live")});
        ASSERT_EQ(spool::run(*spool_, [&](spool::Store& store) { store.accept(arrival); }),
                  spool::Request::Outcome::committed);
        longest_us = std::max(longest_us, system_clock().steady_us() - began_us);
        ++written;
    }
    end();
    std::printf("%zu others, the longest waited %.1f ms\n", written, static_cast<double>(longest_us) / 1e3);
    EXPECT_GE(written, 100u);
    EXPECT_EQ(spool_->deliveries(), static_cast<std::int64_t>(10'000 + written));
}

TEST_F(SpoolDesk, AFullDiskIsSaid) {
    spool_.reset();
    testing::FaultyDisk disk;
    open();
    bury(500);
    disk.bytes_left = 0;
    EXPECT_EQ(answer(R"({"do":"dlq","command":"drop","all":true})").back(),
              R"({"end":"the disk of the spool is full"})");
    disk.bytes_left = INT64_MAX;
    spool_->tend();
    EXPECT_EQ(answer(R"({"do":"dlq","command":"drop","all":true})").back(), kDone);
    EXPECT_EQ(letters(), 0);
    spool_.reset();
}

TEST_F(SpoolDesk, ABrokenSpoolIsSaid) {
    spool_.reset();
    testing::FaultyDisk disk;
    open();
    bury(500);
    disk.syncs_left = 0;
    EXPECT_THAT(answer(R"({"do":"dlq","command":"drop","all":true})").back(),
                HasSubstr(R"({"end":"the spool cannot be trusted any more)"));
    spool_.reset();
}

}  // namespace
}  // namespace millrace::admin
