#include "gateway/core/manifest.hpp"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <functional>

#include "millrace/abi.h"
#include "tests/unit/gateway/core/config_fixture.hpp"

namespace millrace {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryFolder;

constexpr std::string_view kText = R"({"id":"x","version":"1.0.0","kind":"consumer","abi":"0.1"})";

// A small shared object: its header, three sections (none, the manifest, the names), their table at the end.
struct Image {
    Elf64_Ehdr header = {};
    std::string text{kText};
    std::string names = std::string("\0.millrace.manifest\0", 20);
    Elf64_Shdr sections[3] = {};

    Image() {
        std::memcpy(header.e_ident, ELFMAG, SELFMAG);
        header.e_ident[EI_CLASS] = ELFCLASS64;
        header.e_ident[EI_DATA] = ELFDATA2LSB;
        header.e_type = ET_DYN;
        header.e_shentsize = sizeof(Elf64_Shdr);
        header.e_shnum = 3;
        header.e_shstrndx = 2;
        set_text(text);
    }

    void set_text(std::string value) {
        text = std::move(value);
        sections[1] = {};
        sections[1].sh_name = 1;
        sections[1].sh_type = SHT_PROGBITS;
        sections[1].sh_offset = sizeof header;
        sections[1].sh_size = text.size();
        sections[2].sh_type = SHT_STRTAB;
        sections[2].sh_offset = sizeof header + text.size();
        sections[2].sh_size = names.size();
        header.e_shoff = sizeof header + text.size() + names.size();
    }

    std::string bytes() const {
        auto raw = [](const auto& value) { return std::string(reinterpret_cast<const char*>(&value), sizeof value); };
        return raw(header) + text + names + raw(sections);
    }
};

// Of a file with these bytes: "manifest of ID" or what is wrong.
std::string outcome(std::string_view bytes) {
    int fd = memfd_create("plugin.so", MFD_CLOEXEC);
    bool written = write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
    Result<Manifest> manifest = read_manifest("/proc/self/fd/" + std::to_string(fd));
    close(fd);
    if (!written) return "the test could not write its file";
    return manifest ? "manifest of " + manifest->id : manifest.error().text;
}

TEST(Manifest, OfASharedObject) {
    Result<Manifest> manifest = read_manifest(MILLRACE_TEST_PLUGIN);
    ASSERT_TRUE(manifest) << manifest.error().text;
    EXPECT_EQ(manifest->file, MILLRACE_TEST_PLUGIN);
    EXPECT_EQ(manifest->id, "web-test");
    EXPECT_EQ(manifest->version, "1.2.3");
    EXPECT_EQ(manifest->abi, MILLRACE_ABI_TEXT);
    EXPECT_EQ(manifest->kind, Manifest::Kind::adapter);
    EXPECT_EQ(manifest->protocol, "web");
    ASSERT_EQ(manifest->match_keys.size(), 2u);
    EXPECT_EQ(manifest->match_keys[0].key, "path");
    EXPECT_EQ(manifest->match_keys[0].type, KeyType::path);
    EXPECT_TRUE(manifest->match_keys[0].is_constant);
    EXPECT_EQ(manifest->match_keys[1].key, "topic");
    EXPECT_EQ(manifest->match_keys[1].type, KeyType::topic);
    EXPECT_FALSE(manifest->match_keys[1].is_constant);
}

TEST(Manifest, OfASharedObjectWithoutOne) {
    Result<Manifest> manifest = read_manifest("/lib/x86_64-linux-gnu/libc.so.6");
    ASSERT_FALSE(manifest);
    EXPECT_THAT(manifest.error().text, HasSubstr("not a Millrace plugin: it has no section .millrace.manifest"));
}

TEST(Manifest, OfWhatIsNoFile) {
    TemporaryFolder folder;
    EXPECT_THAT(read_manifest(folder.name() + "/absent.so").error().text, HasSubstr("No such file"));
    EXPECT_THAT(read_manifest(folder.name()).error().text, HasSubstr("not a file"));
    std::string pipe = folder.name() + "/pipe.so";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_THAT(read_manifest(pipe).error().text, HasSubstr("not a file"));
}

TEST(Manifest, OfDamagedFiles) {
    struct Row {
        std::function<void(Image&)> damage;
        std::string_view says;
    };
    const Row rows[] = {
        {[](Image&) {}, "manifest of x"},
        {[](Image& image) { image.set_text(std::string(kText) + std::string(5, '\0')); }, "manifest of x"},
        {[](Image& image) { image.header.e_ident[1] = 'X'; }, "not an ELF file"},
        {[](Image& image) { image.header.e_ident[EI_CLASS] = ELFCLASS32; }, "not a 64-bit little-endian ELF file"},
        {[](Image& image) { image.header.e_ident[EI_DATA] = ELFDATA2MSB; }, "not a 64-bit little-endian ELF file"},
        {[](Image& image) { image.header.e_type = ET_EXEC; }, "not a shared object"},
        {[](Image& image) { image.header.e_type = ET_REL; }, "not a shared object"},
        {[](Image& image) { image.header.e_shnum = 0; }, "no sections"},
        {[](Image& image) { image.header.e_shnum = 4; }, "its section table lies outside"},
        {[](Image& image) { image.header.e_shnum = 0xffff; }, "its section table lies outside"},
        {[](Image& image) { image.header.e_shentsize = 0; }, "odd size of section headers"},
        {[](Image& image) { image.header.e_shoff = UINT64_MAX; }, "its section table lies outside"},
        {[](Image& image) { image.header.e_shoff = UINT64_MAX - 100; }, "its section table lies outside"},
        {[](Image& image) { image.header.e_shstrndx = 3; }, "no table of section names"},
        {[](Image& image) { image.header.e_shstrndx = 0xffff; }, "no table of section names"},
        {[](Image& image) { image.sections[1].sh_name = 2; }, "not a Millrace plugin"},
        {[](Image& image) { image.sections[1].sh_name = UINT32_MAX; }, "not a Millrace plugin"},
        {[](Image& image) { image.sections[2].sh_size = 19; }, "not a Millrace plugin"},
        {[](Image& image) { image.sections[2].sh_offset = UINT64_MAX; }, "not a Millrace plugin"},
        {[](Image& image) { image.sections[2].sh_size = UINT64_MAX, image.sections[1].sh_name = UINT32_MAX; },
         "not a Millrace plugin"},
        {[](Image& image) { image.sections[1].sh_type = SHT_NOBITS; }, "holds nothing"},
        {[](Image& image) { image.sections[1].sh_offset = UINT64_MAX; }, "its manifest lies outside"},
        {[](Image& image) { image.sections[1].sh_offset = 1 << 20; }, "its manifest lies outside"},
        {[](Image& image) { image.sections[1].sh_size = UINT64_MAX; }, "larger than 64 KiB"},
        {[](Image& image) { image.set_text(std::string(64 * 1024 + 1, ' ')); }, "larger than 64 KiB"},
        {[](Image& image) { image.sections[1].sh_size = 60'000; }, "its manifest lies outside"},
        {[](Image& image) { image.sections[1].sh_size = 0; }, "not JSON"},
    };
    for (const Row& row : rows) {
        Image image;
        row.damage(image);
        EXPECT_THAT(outcome(image.bytes()), HasSubstr(std::string(row.says)));
    }
}

TEST(Manifest, OfFilesCutShort) {
    const std::string whole = Image().bytes();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_THAT(outcome(whole.substr(0, size)), ::testing::Not(HasSubstr("manifest of"))) << size;
    }
}

TEST(Manifest, OfFilesWithOneWrongByte) {
    const std::string whole = Image().bytes();
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (char flip : {'\x01', '\x40', '\x7f'}) {
            std::string bytes = whole;
            bytes[at] = static_cast<char>(bytes[at] ^ flip);
            EXPECT_THAT(outcome(bytes), ::testing::Not(HasSubstr("the test"))) << at;
        }
    }
}

TEST(Manifest, Texts) {
    struct Row {
        std::string text;
        std::string_view says;  // Empty: fine.
    };
    const std::string head = R"({"version":"1","abi":"0.1",)";
    const std::string adapter = head + R"("id":"x","kind":"adapter","protocol":"web","match":)";
    const Row rows[] = {
        {std::string(kText), ""},
        {head + R"("id":"x","kind":"consumer","later":{"any":[1]}})", ""},
        {head + R"("id":"3d_print-er","kind":"consumer"})", ""},
        {adapter + "[]}", ""},
        {head + R"("id":"x","kind":"adapter","protocol":"web"})", ""},
        {"", "not JSON"},
        {"{", "not JSON"},
        {"[]", "not a JSON object"},
        {"{}", "\"id\""},
        {std::string(70'000, ' '), "larger than 64 KiB"},
        {std::string(60'000, '['), "not JSON"},
        {head + R"("id":"","kind":"consumer"})", "\"id\""},
        {head + R"("id":"../x","kind":"consumer"})", "\"id\""},
        {head + R"("id":"X","kind":"consumer"})", "\"id\""},
        {head + R"("id":7,"kind":"consumer"})", "\"id\""},
        {head + R"("id":")" + std::string(65, 'x') + R"(","kind":"consumer"})", "\"id\""},
        {R"({"id":"x","kind":"consumer","abi":"0.1"})", "\"version\""},
        {R"({"id":"x","kind":"consumer","abi":"0.1","version":"1 0"})", "\"version\""},
        {R"({"id":"x","kind":"consumer","version":"1"})", "\"abi\""},
        {head + R"("id":"x"})", "\"kind\""},
        {head + R"("id":"x","kind":"plugin"})", "\"kind\""},
        {head + R"("id":"x","kind":"adapter"})", "\"protocol\""},
        {adapter + "{}}", "\"match\""},
        {adapter + "[7]}", "\"match\""},
        {adapter + R"([{"type":"text"}]})", "\"match[].key\""},
        {adapter + R"([{"key":"adapter","type":"text"}]})", "the match key \"adapter\" is the gateway's own"},
        {adapter + R"([{"key":"not","type":"text"}]})", "the match key \"not\" is the gateway's own"},
        {adapter + R"([{"key":"json.a","type":"text"}]})", "the match key \"json.a\" is the gateway's own"},
        {adapter + R"([{"key":"a b","type":"text"}]})", "\"match[].key\""},
        {adapter + R"([{"key":"path"}]})", "\"match[].type\""},
        {adapter + R"([{"key":"path","type":"regex"}]})", "\"match[].type\" has to be \"text\", \"path\" or \"topic\""},
        {adapter + R"([{"key":"path","type":"path","constant":1}]})", "\"match[].constant\""},
        {adapter + R"([{"key":"a","type":"text"},{"key":"a","type":"path"}]})", "twice"},
    };
    for (const Row& row : rows) {
        Result<Manifest> manifest = parse_manifest(row.text);
        EXPECT_EQ(manifest.has_value(), row.says.empty()) << row.text;
        std::string said = manifest ? "" : manifest.error().text;
        EXPECT_THAT(said, HasSubstr(std::string(row.says))) << row.text;
    }
}

}  // namespace
}  // namespace millrace
