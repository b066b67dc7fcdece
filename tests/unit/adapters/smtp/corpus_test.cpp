// The mails of a corpus, each with what another parser has found in it (mail-parser of Stalwart Labs writes such
// files): structure, header fields, bodies and attachments. The environment variable MILLRACE_MAIL_CORPUS names its
// folder, with the sets legacy, rfc and malformed; without it the test is skipped.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "adapters/smtp/mime/lines.hpp"
#include "adapters/smtp/normalise.hpp"
#include "tests/unit/adapters/smtp/corpus_oracle.hpp"

namespace millrace::smtp {
namespace {

namespace fs = std::filesystem;

// The differences that are meant, by the mail and the beginning of what is reported; and why.
struct Meant {
    std::string_view mail;
    std::string_view difference;
    std::string_view reason;
};
constexpr const char* kNoBase64 = "the parts 4 and 5 claim base64 and hold prose: what is base64 in it is decoded";
constexpr const char* kInline = "a picture and a sound that are shown inline are bodies too (RFC 8621, 4.1.4)";
constexpr std::array kMeant = {Meant{"rfc/000", "4/content", kNoBase64}, Meant{"rfc/000", "5/content", kNoBase64},
                               Meant{"rfc/000", "text:", kInline}, Meant{"rfc/000", "html:", kInline},
                               Meant{"rfc/000", "attachments:", kInline}};

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string with_crlf(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '\n') result += '\r';
        result += c;
    }
    return result;
}

std::vector<fs::path> mails_of(const fs::path& folder) {
    std::vector<fs::path> mails;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".eml") mails.push_back(entry.path());
    }
    std::sort(mails.begin(), mails.end());
    return mails;
}

class Corpus : public testing::Test {
  protected:
    void SetUp() override {
        const char* folder = std::getenv("MILLRACE_MAIL_CORPUS");
        if (folder == nullptr) GTEST_SKIP() << "MILLRACE_MAIL_CORPUS names no corpus";
        folder_ = folder;
    }

    // -> The differences to what the other parser has found.
    std::vector<std::string> differences(const fs::path& mail) {
        std::string raw = read_file(mail);
        std::erase(raw, '\r');  // As the other parser had it.
        fs::path oracle = mail;
        return CorpusOracle(raw, read_file(oracle.replace_extension(".json"))).differences();
    }

    // Read twice, and without a crash; what is said lies in the mail.
    void check(const fs::path& mail) {
        const std::string raw = read_file(mail);
        const std::string crlf = with_crlf([&] {
            std::string text = raw;
            std::erase(text, '\r');
            return text;
        }());
        for (const std::string& text : {raw, crlf}) {
            const v1::Email& email = normaliser_.read({}, text);
            EXPECT_EQ(email.size(), text.size());
            for (const auto& part : email.parts()) {
                EXPECT_LE(part.offset() + part.encoded_size(), text.size());
                EXPECT_LE(part.header_offset() + part.header_size(), text.size());
            }
        }
    }

    // -> How many of the mails agree.
    void expect_agreement(const char* set) {
        std::size_t agreed = 0;
        const std::vector<fs::path> mails = mails_of(folder_ / set);
        ASSERT_FALSE(mails.empty());
        for (const fs::path& mail : mails) {
            SCOPED_TRACE(mail.string());
            check(mail);
            const std::string name = std::string(set) + "/" + mail.stem().string();
            const std::vector<std::string> found = differences(mail);
            agreed += found.empty();
            for (const std::string& difference : found) {
                const auto is_it = [&](const Meant& meant) {
                    return meant.mail == name && difference.starts_with(meant.difference);
                };
                const auto* meant = std::find_if(kMeant.begin(), kMeant.end(), is_it);
                EXPECT_NE(meant, kMeant.end()) << difference;
                std::cout << name << ": " << difference;
                if (meant != kMeant.end()) std::cout << "\n    because " << meant->reason;
                std::cout << '\n';
            }
        }
        std::cout << set << ": " << agreed << " of " << mails.size() << " mails agree in everything\n";
        total_ += mails.size();
        agreed_ += agreed;
    }

    fs::path folder_;
    Normaliser normaliser_;
    std::size_t total_ = 0;
    std::size_t agreed_ = 0;
};

TEST_F(Corpus, agrees_with_another_parser) {
    expect_agreement("legacy");
    expect_agreement("rfc");
    EXPECT_GE(agreed_ * 100, total_ * 98) << agreed_ << " of " << total_;
}

TEST_F(Corpus, reads_what_is_malformed_and_says_so) {
    for (const fs::path& mail : mails_of(folder_ / "malformed")) {
        SCOPED_TRACE(mail.string());
        check(mail);
        std::cout << "malformed/" << mail.stem().string() << ':';
        std::string raw = read_file(mail);
        std::erase(raw, '\r');
        for (const auto& defect : normaliser_.read({}, with_crlf(raw)).defects()) {
            std::cout << ' ' << defect.code() << '@' << defect.part();
        }
        std::cout << '\n';
    }
}

}  // namespace
}  // namespace millrace::smtp
