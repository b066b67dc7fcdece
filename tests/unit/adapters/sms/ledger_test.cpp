#include "adapters/sms/ledger.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>

#include "adapters/sms/opt_outs.hpp"

namespace millrace::sms {
namespace {

constexpr std::int64_t kNow_s = 1'700'000'000;

class LedgerTest : public ::testing::Test {
  protected:
    LedgerTest() {
        std::string name = (std::filesystem::temp_directory_path() / "ledger-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        path = folder / "state";
        open();
    }
    ~LedgerTest() override { std::filesystem::remove_all(folder); }

    void open() {
        ledger.reset();
        ledger.emplace();
        ledger->open(path, kNow_s);
    }
    std::string text() const {
        std::ifstream in(path);
        std::string line, lines;
        std::getline(in, line);
        EXPECT_EQ(line, "millrace-sms 1");
        while (std::getline(in, line)) lines += line + "\n";
        return lines;
    }

    std::filesystem::path folder;
    std::filesystem::path path;
    std::optional<Ledger> ledger;
};

TEST_F(LedgerTest, RemembersWhoWantsNoMore) {
    EXPECT_TRUE(ledger->stop("a/b") && ledger->stop("a/c") && ledger->start("a/c") && ledger->stop("a/b"));
    EXPECT_EQ(text(), "stop a/b .\nstop a/c .\nstart a/c .\n");
    open();
    EXPECT_TRUE(ledger->has_stopped("a/b"));
    EXPECT_FALSE(ledger->has_stopped("a/c"));
    EXPECT_EQ(ledger->stopped(), 1u);
    EXPECT_EQ(text(), "stop a/b .\n");
}

TEST_F(LedgerTest, RemembersWhatWasTried) {
    EXPECT_TRUE(ledger->try_once("1-x") && ledger->try_once("2-y"));
    ledger->free("1-x");
    ledger->free("3-z");
    EXPECT_EQ(text(), "try 1-x .\ntry 2-y .\nfree 1-x .\n");
    open();
    EXPECT_FALSE(ledger->was_tried("1-x"));
    EXPECT_TRUE(ledger->was_tried("2-y"));
}

TEST_F(LedgerTest, RemembersWhatWasSaid) {
    ledger->say("twilio:SM 1\n");
    ledger->say("twilio:SM 1\n");
    EXPECT_EQ(text(), "said twilio%3ASM%201%0A .\n");
    open();
    EXPECT_TRUE(ledger->was_said("twilio:SM 1\n"));
    EXPECT_FALSE(ledger->was_said("twilio:SM 1"));
}

TEST_F(LedgerTest, ForgetsTheOldestOfWhatWasTried) {
    for (std::size_t i = 0; i <= Ledger::kTriedMax; ++i) ledger->try_once(std::to_string(i));
    EXPECT_FALSE(ledger->was_tried("0"));
    EXPECT_TRUE(ledger->was_tried("1"));
}

TEST_F(LedgerTest, WhatItDoesNotKnowSaysNothing) {
    ledger.reset();
    std::ofstream(path, std::ios::app) << "stop a/b .\nnonsense .\nwhat is this .\n .\nstop a/c .\n";
    open();
    EXPECT_EQ(ledger->stopped(), 2u);
}

TEST_F(LedgerTest, OneGenerationHearsOfTheOther) {
    ledger->stop("a/b");
    Ledger next;
    next.open(path, kNow_s);
    ledger->stop("a/c");
    next.stop("a/d");
    ledger->await("id", {kNow_s, "5 survey@sms:a/b", "a/b"});
    EXPECT_FALSE(next.has_stopped("a/c"));
    next.tend(kNow_s);
    EXPECT_TRUE(next.has_stopped("a/c") && next.has_stopped("a/d"));
    ASSERT_NE(next.awaited("id"), nullptr);
    EXPECT_EQ(next.awaited("id")->asker, "5 survey@sms:a/b");
    next.heard("id");
    next.start("a/b");
    next.stop("a/b");
    next.start("a/b");
    ledger->tend(kNow_s);
    EXPECT_EQ(ledger->awaited("id"), nullptr);
    EXPECT_FALSE(ledger->has_stopped("a/b"));
    EXPECT_TRUE(ledger->has_stopped("a/d"));
}

TEST_F(LedgerTest, IsWrittenAnewWithoutWhatIsTooOld) {
    ledger->stop("a/b");
    ledger->await("id", {kNow_s, "5 survey@sms:a/b", "a/b"});
    const std::string name(1'000, 'x');
    for (std::uint64_t i = 0; i <= LineFile::kSlackBytes; i += 2'010) {
        ledger->try_once(name);
        ledger->free(name);
    }
    ledger->tend(kNow_s + Ledger::kAwaited_s);
    EXPECT_EQ(text(), "stop a/b .\n");
    EXPECT_EQ(ledger->awaited("id"), nullptr);
}

TEST_F(LedgerTest, WhatTheDiskHasNoRoomForIsNotWrittenDown) {
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, SIG_IGN);
    ledger->stop("a/b");
    const rlimit limit{std::filesystem::file_size(path) + 3, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    EXPECT_FALSE(ledger->stop("a/c"));
    EXPECT_TRUE(ledger->has_stopped("a/c")) << "it holds all the same";
    EXPECT_FALSE(ledger->stop("a/c")) << "said again it is not written yet";
    EXPECT_FALSE(ledger->start("a/b"));
    EXPECT_TRUE(ledger->has_stopped("a/b"));
    EXPECT_FALSE(ledger->try_once("1-x"));
    EXPECT_FALSE(ledger->was_tried("1-x"));
    ::setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_TRUE(ledger->stop("a/c"));
    EXPECT_EQ(text(), "stop a/b .\nsto\nstop a/c .\n");
    open();
    EXPECT_EQ(ledger->stopped(), 2u);
}

TEST_F(LedgerTest, TwoGenerationsShareIt) {
    ledger->stop("a/b");
    std::optional<Ledger> next(std::in_place);
    next->open(path, kNow_s);
    EXPECT_TRUE(next->has_stopped("a/b"));
    ledger->stop("a/c");
    next->stop("a/d");
    next.reset();
    open();
    EXPECT_EQ(ledger->stopped(), 3u);
}

TEST_F(LedgerTest, AFileThatCannotBe) {
    EXPECT_THROW(Ledger().open(folder / "none" / "state", kNow_s), std::system_error);
    EXPECT_THROW(Ledger().open(folder, kNow_s), std::system_error);
}

TEST(LedgerInMemory, Works) {
    Ledger ledger;
    EXPECT_TRUE(ledger.stop("a/b"));
    EXPECT_TRUE(ledger.has_stopped("a/b"));
    EXPECT_TRUE(ledger.start("a/b"));
    EXPECT_FALSE(ledger.has_stopped("a/b"));
}

v1::Sms::Consent said(v1::Sms::Consent::Action action, bool is_handled = false) {
    v1::Sms::Consent consent;
    consent.set_action(action);
    consent.set_handled_by_provider(is_handled);
    return consent;
}

TEST(OptOuts, OneReplyMayConfirm) {
    Ledger ledger;
    OptOuts opt_outs(ledger);
    EXPECT_TRUE(opt_outs.take("a/b"));
    EXPECT_TRUE(opt_outs.note("a/b", said(v1::Sms::Consent::STOP), "key 1"));
    EXPECT_TRUE(opt_outs.has_stopped("a/b"));
    EXPECT_TRUE(opt_outs.take("a/b"));
    EXPECT_FALSE(opt_outs.take("a/b"));
    EXPECT_TRUE(opt_outs.note("a/b", said(v1::Sms::Consent::HELP), "key 2"));
    EXPECT_TRUE(opt_outs.take("a/b"));
    EXPECT_FALSE(opt_outs.take("a/b"));
    EXPECT_TRUE(opt_outs.take("a/c"));
    EXPECT_TRUE(opt_outs.note("a/b", said(v1::Sms::Consent::START), "key 3"));
    EXPECT_TRUE(opt_outs.take("a/b") && opt_outs.take("a/b"));
}

TEST(OptOuts, WhatComesAgainSaysNothing) {
    Ledger ledger;
    OptOuts opt_outs(ledger);
    EXPECT_TRUE(opt_outs.note("a/b", said(v1::Sms::Consent::STOP), "1"));
    EXPECT_TRUE(opt_outs.take("a/b"));
    EXPECT_TRUE(opt_outs.note("a/b", said(v1::Sms::Consent::STOP), "1"));
    EXPECT_FALSE(opt_outs.take("a/b")) << "it is confirmed once";
    opt_outs.note("a/b", said(v1::Sms::Consent::START), "2");
    opt_outs.note("a/b", said(v1::Sms::Consent::STOP), "1");
    EXPECT_FALSE(opt_outs.has_stopped("a/b"));
    opt_outs.note("a/b", said(v1::Sms::Consent::STOP), "3");
    opt_outs.note("a/b", said(v1::Sms::Consent::START), "2");
    EXPECT_TRUE(opt_outs.has_stopped("a/b"));
}

TEST(OptOuts, TheProviderHasConfirmed) {
    Ledger ledger;
    OptOuts opt_outs(ledger);
    opt_outs.note("a/b", said(v1::Sms::Consent::STOP, true), "key 4");
    EXPECT_FALSE(opt_outs.take("a/b"));
    opt_outs.stop("a/c");
    EXPECT_FALSE(opt_outs.take("a/c"));
}

}  // namespace
}  // namespace millrace::sms
