#include "adapters/common/line_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>
#include <vector>

namespace millrace {
namespace {

namespace fs = std::filesystem;

using Lines = std::vector<std::string>;

constexpr std::string_view kHead = "millrace-test 1";

// Remembers each line once, in the order of their last coming.
struct Memory {
    void open(const fs::path& path) { file.open(path, kHead); }
    void read(std::string_view line) {
        std::erase(lines, line);
        lines.emplace_back(line);
    }
    bool write(const std::string& line) {
        read(line);
        return file.write(line, false);
    }

    Lines lines;
    LineFile file{[this](std::string_view line) { read(line); },
                  [this](std::string& text) {
                      for (const std::string& line : lines) LineFile::add_line(text, line);
                  }};
};

class LineFileTest : public ::testing::Test {
  protected:
    LineFileTest() {
        std::string name = (fs::temp_directory_path() / "lines-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        path = folder / "state";
    }
    ~LineFileTest() override { fs::remove_all(folder); }

    void put(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }
    std::string text() const {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    }
    // Makes it worth while to write the file anew.
    void grow(Memory& memory) {
        const std::string line(1'000, 'x');
        while (!memory.file.has_grown()) ASSERT_TRUE(memory.write(line));
    }
    Lines lines() const {
        Memory memory;
        memory.open(path);
        return memory.lines;
    }

    fs::path folder;
    fs::path path;
};

TEST_F(LineFileTest, OutlivesWhoWroteIt) {
    {
        Memory memory;
        memory.open(path);
        EXPECT_TRUE(memory.write("one") && memory.write("two 2") && memory.write("one"));
        EXPECT_EQ(text(), "millrace-test 1\none .\ntwo 2 .\none .\n");
        EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    }
    EXPECT_EQ(lines(), (Lines{"two 2", "one"}));
    EXPECT_EQ(text(), "millrace-test 1\ntwo 2 .\none .\n");
}

TEST_F(LineFileTest, ALineThatWasCutOffSaysNothing) {
    for (const char* end : {"two", "two ", "two .", "two\n", ""}) {
        put(path, "millrace-test 1\none .\n" + std::string(end));
        Memory memory;
        memory.open(path);
        EXPECT_EQ(memory.lines, Lines{"one"}) << end;
        EXPECT_TRUE(memory.write("three"));
        EXPECT_EQ(lines(), (Lines{"one", "three"})) << end;
    }
}

TEST_F(LineFileTest, ACutEndStaysAlone) {
    Memory first;
    first.open(path);
    first.write("one");
    std::ofstream(path, std::ios::binary | std::ios::app) << "tw";
    Memory second;  // Not alone, so it cannot write the file anew.
    second.open(path);
    EXPECT_TRUE(second.write("three"));
    EXPECT_EQ(text(), "millrace-test 1\none .\ntw\nthree .\n");
}

TEST_F(LineFileTest, AHeadThatWasCutOffIsMadeWhole) {
    for (const std::string begin : {"", "millrace", "millrace-test 1"}) {
        put(path, begin);
        EXPECT_EQ(lines(), Lines{}) << begin;
        EXPECT_EQ(text(), "millrace-test 1\n") << begin;
    }
    put(path, "millrace");
    const int other = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    ASSERT_EQ(::flock(other, LOCK_SH), 0);  // So that it is not written anew.
    Memory memory;
    memory.open(path);
    EXPECT_TRUE(memory.write("one") && memory.write("two"));
    EXPECT_EQ(text(), "millrace-test 1\none .\ntwo .\n");
    ::close(other);
}

TEST_F(LineFileTest, AnotherFileIsRefusedAndLeftAsItIs) {
    for (const std::string bytes :
         {"-----BEGIN PRIVATE KEY-----\n", "millrace-test 2\n", "key", "millrace-test 1 .\n"}) {
        put(path, bytes);
        Memory memory;
        try {
            memory.open(path);
            ADD_FAILURE() << bytes;
        } catch (const std::runtime_error& error) {
            EXPECT_EQ(error.what(),
                      path.string() + ": it does not begin with `millrace-test 1`; no other file may stand there");
        }
        EXPECT_EQ(text(), bytes);
    }
}

TEST_F(LineFileTest, AFileThatCannotBe) {
    EXPECT_THROW(Memory().open(folder / "none" / "state"), std::system_error);
    EXPECT_THROW(Memory().open(folder), std::system_error);
    fs::create_directory(folder / "state.next");
    EXPECT_THROW(Memory().open(path), std::system_error) << "it cannot be written anew";
}

TEST_F(LineFileTest, GenerationsHearOfOneAnother) {
    Memory first, second;
    first.open(path);
    second.open(path);
    first.write("one");
    second.write("two");
    EXPECT_EQ(second.lines, Lines{"two"});
    second.file.tend();
    first.file.tend();
    EXPECT_EQ(second.lines, (Lines{"one", "two"}));
    EXPECT_EQ(first.lines, (Lines{"one", "two"}));
}

TEST_F(LineFileTest, IsWrittenAnewByWhoHasItAlone) {
    auto first = std::make_unique<Memory>();
    first->open(path);
    first->write("one");
    Memory second;
    second.open(path);
    first->write("two");
    grow(second);
    second.file.tend();
    EXPECT_GT(text().size(), LineFile::kSlackBytes) << "the other one goes on with it";
    EXPECT_FALSE(second.file.has_grown());
    first.reset();
    grow(second);
    second.file.tend();
    EXPECT_LT(text().size(), 2'000u);
    EXPECT_EQ(lines(), (Lines{"one", "two", std::string(1'000, 'x')}));
}

TEST_F(LineFileTest, OneThatCannotBeWrittenAnewGoesOn) {
    Memory memory;
    memory.open(path);
    fs::create_directory(folder / "state.next");
    grow(memory);
    memory.file.tend();
    EXPECT_FALSE(memory.file.has_grown()) << "not at once again";
    EXPECT_TRUE(memory.write("one"));
    EXPECT_EQ(lines().back(), "one");
}

// Who asks to have it alone may lose it for a moment.
TEST_F(LineFileTest, ANewFileInItsPlaceIsTheOneToGoOnWith) {
    Memory first, second;
    first.open(path);
    second.open(path);
    grow(first);
    put(folder / "new", "millrace-test 1\none .\n");
    fs::rename(folder / "new", path);
    first.file.tend();
    EXPECT_TRUE(first.write("two"));
    EXPECT_EQ(text(), "millrace-test 1\none .\ntwo .\n");
}

TEST_F(LineFileTest, OneThatIsNotOpenTakesAll) {
    Memory memory;
    EXPECT_TRUE(memory.write("one"));
    memory.file.tend();
    EXPECT_FALSE(memory.file.is_open());
}

}  // namespace
}  // namespace millrace
