#include "adapters/smtp/mime/file_name.hpp"

#include <gtest/gtest.h>

namespace millrace::smtp::mime {
namespace {

struct Case {
    std::string_view name;
    std::string safe;
};

TEST(FileName, is_harmless) {
    const std::string long_name(300, 'x');
    std::string wide;
    for (int i = 0; i < 100; ++i) wide += "€";
    const std::string long_ending = "a." + long_name;
    const std::string after_a = "a" + wide;
    const std::string named = long_name + ".txt";
    const std::string blank_at_cut = std::string(253, 'x') + " . " + std::string(40, 'y');
    const Case cases[] = {
        {blank_at_cut, std::string(253, 'x')},
        {"report.pdf", "report.pdf"},
        {"Grüße 中.txt", "Grüße 中.txt"},
        {"", ""},
        {"../../etc/passwd", "passwd"},
        {"C:\\Windows\\x.exe", "x.exe"},
        {"a/b\\c", "c"},
        {"folder/", ""},
        {"..", ""},
        {".hidden", ".hidden"},
        {"x.txt. . ", "x.txt"},
        {"  x", "x"},
        {"a\r\nb\tc", "abc"},
        {std::string_view("a\0b", 3), "ab"},
        {"a\u0085b\u009F", "ab"},
        {"photo\u202Egpj.exe", "photogpj.exe"},
        {"\u2066a\u2069\u200E\u061C", "a"},
        {"x.pdf:evil", "x.pdfevil"},
        {"a<b>c\"d|e?f*g", "abcdefg"},
        {"CON", "CON"},
        {named, std::string(251, 'x') + ".txt"},
        {long_ending, "a." + std::string(253, 'x')},
        {wide, wide.substr(0, 255)},
        {after_a, after_a.substr(0, 253)},
    };
    for (const Case& c : cases) EXPECT_EQ(safe_file_name(c.name), c.safe) << c.name;
}

}  // namespace
}  // namespace millrace::smtp::mime
