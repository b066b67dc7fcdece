#include "gateway/core/poison_journal.hpp"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

namespace millrace {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

PoisonJournal* the_journal = nullptr;

void on_signal(int signal) {
    the_journal->note_signal(signal);
    ::signal(signal, SIG_DFL);
    ::raise(signal);
}

class PoisonJournalTest : public ::testing::Test {
  protected:
    PoisonJournalTest() {
        std::string pattern = std::filesystem::temp_directory_path() / "millrace-journal-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
    }
    ~PoisonJournalTest() override { std::filesystem::remove_all(folder_); }

    std::string path() const { return folder_ + "/in_progress"; }

    PoisonJournal open() {
        auto opened = PoisonJournal::open(path());
        if (!opened) throw std::runtime_error(opened.error().text);
        opened->begin();
        return std::move(*opened);
    }

    // What a process that ends so has left.
    PoisonJournal::Last after(const std::function<void(PoisonJournal&)>& life) {
        const pid_t child = ::fork();
        if (child == 0) {
            PoisonJournal journal = open();
            the_journal = &journal;
            for (const int signal : {SIGSEGV, SIGABRT}) ::signal(signal, on_signal);
            life(journal);
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return open().last();
    }

    std::string folder_;
};

TEST_F(PoisonJournalTest, ANewOneHoldsNothing) {
    EXPECT_EQ(open().last().signal, 0);
    EXPECT_THAT(open().last().suspects, IsEmpty());
}

TEST_F(PoisonJournalTest, WhatWasNotDealtWithIsFoundAgain) {
    const pid_t child = ::fork();
    if (child == 0) {
        PoisonJournal journal = open();
        journal.add_thread()->begin(1, 2, "echo", "hash");
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    for (int i = 0; i < 2; ++i) EXPECT_THAT(PoisonJournal::open(path())->last().suspects, SizeIs(1));
    EXPECT_THAT(open().last().suspects, SizeIs(1));
    EXPECT_THAT(open().last().suspects, IsEmpty());
}

TEST_F(PoisonJournalTest, WhatHasEndedIsNoSuspect) {
    const auto last = after([](PoisonJournal& journal) {
        auto* slot = journal.add_thread();
        slot->begin(1, 2, "echo", "hash");
        slot->end();
        ::raise(SIGKILL);
    });
    EXPECT_THAT(last.suspects, IsEmpty());
}

TEST_F(PoisonJournalTest, AfterASignalItsThreadHasTheCulprit) {
    const auto last = after([](PoisonJournal& journal) {
        std::thread other([&] { journal.add_thread()->begin(3, 4, "audit", "other"); });
        other.join();
        journal.add_thread()->begin(1, 2, "echo", "hash");
        ::raise(SIGSEGV);
    });
    EXPECT_EQ(last.signal, SIGSEGV);
    ASSERT_THAT(last.suspects, SizeIs(2));
    EXPECT_FALSE(last.suspects[0].is_culprit);
    EXPECT_EQ(last.suspects[0].plugin, "audit");
    EXPECT_TRUE(last.suspects[1].is_culprit);
    EXPECT_EQ(last.suspects[1].lane, 1);
    EXPECT_EQ(last.suspects[1].position, 2);
    EXPECT_EQ(last.suspects[1].plugin, "echo");
    EXPECT_EQ(last.suspects[1].hash, "hash");
}

TEST_F(PoisonJournalTest, ASignalOnAThreadWithoutAHandlerHasNoCulprit) {
    const auto last = after([](PoisonJournal& journal) {
        std::thread other([&] { journal.add_thread()->begin(3, 4, "audit", "hash"); });
        other.join();
        ::raise(SIGABRT);
    });
    EXPECT_EQ(last.signal, SIGABRT);
    ASSERT_THAT(last.suspects, SizeIs(1));
    EXPECT_FALSE(last.suspects[0].is_culprit);
}

TEST_F(PoisonJournalTest, AKillLeavesSuspectsAndNoSignal) {
    const auto last = after([](PoisonJournal& journal) {
        journal.add_thread()->begin(1, 2, "echo", "hash");
        ::raise(SIGKILL);
    });
    EXPECT_EQ(last.signal, 0);
    ASSERT_THAT(last.suspects, SizeIs(1));
    EXPECT_FALSE(last.suspects[0].is_culprit);
}

TEST_F(PoisonJournalTest, OpeningBeginsAnew) {
    after([](PoisonJournal& journal) {
        journal.add_thread()->begin(1, 2, "echo", "hash");
        ::raise(SIGSEGV);
    });
    EXPECT_THAT(open().last().suspects, IsEmpty());
    EXPECT_EQ(open().last().signal, 0);
}

TEST_F(PoisonJournalTest, LongNamesAreCut) {
    const std::string hash(64, 'a');
    const auto last = after([&](PoisonJournal& journal) {
        journal.add_thread()->begin(1, 2, std::string(1000, 'p'), hash);
        ::raise(SIGKILL);
    });
    ASSERT_THAT(last.suspects, SizeIs(1));
    EXPECT_EQ(last.suspects[0].plugin, std::string(72, 'p'));
    EXPECT_EQ(last.suspects[0].hash, hash);
}

TEST_F(PoisonJournalTest, ThreadsThatAreTooManyHaveNoSlot) {
    PoisonJournal journal = open();
    for (std::size_t i = 0; i < PoisonJournal::kThreadsMax; ++i) EXPECT_NE(journal.add_thread(), nullptr);
    EXPECT_EQ(journal.add_thread(), nullptr);
}

TEST_F(PoisonJournalTest, NoiseHoldsNothing) {
    for (const std::size_t size : {0u, 7u, 100u, 1u << 20}) {
        std::ofstream(path(), std::ios::binary) << std::string(size, '\x42');
        EXPECT_THAT(open().last().suspects, IsEmpty());
    }
}

TEST_F(PoisonJournalTest, AFileThatCannotBeOpenedIsNamed) {
    const auto opened = PoisonJournal::open(folder_ + "/no/such");
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().text, HasSubstr("cannot open " + folder_ + "/no/such: No such file or directory"));
}

}  // namespace
}  // namespace millrace
