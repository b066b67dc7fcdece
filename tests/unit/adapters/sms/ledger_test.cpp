#include "adapters/sms/ledger.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "adapters/sms/opt_outs.hpp"

namespace millrace::sms {
namespace {

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
        ledger->open(path);
    }
    std::string text() const {
        std::ifstream in(path);
        return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    }
    void write(const std::string& bytes) {
        ledger.reset();
        std::ofstream(path, std::ios::binary) << bytes;
    }

    std::filesystem::path folder;
    std::filesystem::path path;
    std::optional<Ledger> ledger;
};

TEST_F(LedgerTest, RemembersWhoWantsNoMore) {
    EXPECT_TRUE(ledger->stop("a/b") && ledger->stop("a/c") && ledger->start("a/c") && ledger->stop("a/b"));
    EXPECT_EQ(text(), "stop a/b\nstop a/c\nstart a/c\n");
    open();
    EXPECT_TRUE(ledger->has_stopped("a/b"));
    EXPECT_FALSE(ledger->has_stopped("a/c"));
    EXPECT_EQ(ledger->stopped(), 1u);
    EXPECT_EQ(text(), "stop a/b\n");
}

TEST_F(LedgerTest, RemembersWhatWasTried) {
    EXPECT_TRUE(ledger->try_once("1-x") && ledger->try_once("2-y"));
    ledger->free("1-x");
    ledger->free("3-z");
    EXPECT_EQ(text(), "try 1-x\ntry 2-y\nfree 1-x\n");
    open();
    EXPECT_FALSE(ledger->was_tried("1-x"));
    EXPECT_TRUE(ledger->was_tried("2-y"));
}

TEST_F(LedgerTest, ForgetsTheOldestOfWhatWasTried) {
    for (std::size_t i = 0; i <= Ledger::kTriedMax; ++i) ledger->try_once(std::to_string(i));
    EXPECT_FALSE(ledger->was_tried("0"));
    EXPECT_TRUE(ledger->was_tried("1"));
}

TEST_F(LedgerTest, ALineThatWasCutOffSaysNothing) {
    write("stop a/b\nnonsense\nwhat is this\n\nstop a/c\nstop a/d");
    open();
    EXPECT_EQ(ledger->stopped(), 2u);
    EXPECT_FALSE(ledger->has_stopped("a/d"));
    EXPECT_TRUE(ledger->stop("a/e"));
    open();
    EXPECT_EQ(ledger->stopped(), 3u);
}

TEST_F(LedgerTest, TwoGenerationsShareIt) {
    ledger->stop("a/b");
    std::optional<Ledger> next(std::in_place);
    next->open(path);
    EXPECT_TRUE(next->has_stopped("a/b"));
    ledger->stop("a/c");
    next->stop("a/d");
    next.reset();
    open();
    EXPECT_EQ(ledger->stopped(), 3u);
}

TEST_F(LedgerTest, AFileThatCannotBe) {
    EXPECT_THROW(Ledger().open(folder / "none" / "state"), std::system_error);
    EXPECT_THROW(Ledger().open(folder), std::system_error);
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
    EXPECT_TRUE(opt_outs.note("a/b", said(v1::Sms::Consent::STOP)));
    EXPECT_TRUE(opt_outs.has_stopped("a/b"));
    EXPECT_TRUE(opt_outs.take("a/b"));
    EXPECT_FALSE(opt_outs.take("a/b"));
    EXPECT_TRUE(opt_outs.note("a/b", said(v1::Sms::Consent::HELP)));
    EXPECT_TRUE(opt_outs.take("a/b"));
    EXPECT_FALSE(opt_outs.take("a/b"));
    EXPECT_TRUE(opt_outs.take("a/c"));
    EXPECT_TRUE(opt_outs.note("a/b", said(v1::Sms::Consent::START)));
    EXPECT_TRUE(opt_outs.take("a/b") && opt_outs.take("a/b"));
}

TEST(OptOuts, TheProviderHasConfirmed) {
    Ledger ledger;
    OptOuts opt_outs(ledger);
    opt_outs.note("a/b", said(v1::Sms::Consent::STOP, true));
    EXPECT_FALSE(opt_outs.take("a/b"));
    opt_outs.stop("a/c");
    EXPECT_FALSE(opt_outs.take("a/c"));
}

}  // namespace
}  // namespace millrace::sms
