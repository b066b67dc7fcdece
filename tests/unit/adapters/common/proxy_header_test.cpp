#include "adapters/common/proxy_header.hpp"

#include <gtest/gtest.h>

#include <string>

#include "adapters/common/listener.hpp"

namespace millrace {
namespace {

using namespace std::string_literals;
using Step = ProxyHeader::Step;

struct Case {
    std::string header;
    std::string expected;  // "client > server", "own", "bad"
};

std::string outcome_of(const ProxyHeader& header) {
    if (header.step == Step::bad) return "bad";
    if (header.step == Step::need_more) return "more";
    if (!header.client) return header.server ? "half" : "own";
    return to_text(*header.client) + " > " + to_text(*header.server);
}

std::string binary(char command, char family, std::string_view rest) {
    return "\r\n\r\n\0\r\nQUIT\n"s + command + family + static_cast<char>(rest.size() >> 8) +
           static_cast<char>(rest.size()) + std::string(rest);
}

const std::string ends_of_tcp4 = "\xC0\0\2\1\xC6\x33\x64\2\x30\x39\0\x19"s;
const std::string ends_of_tcp6 =
    "\x20\1\xD\xB8"s + std::string(11, '\0') + "\1\x20\1\xD\xB8"s + std::string(11, '\0') + "\2\xFF\xFF\1\0"s;

const Case header_cases[] = {
    {"PROXY TCP4 192.0.2.1 198.51.100.2 12345 25\r\n", "192.0.2.1:12345 > 198.51.100.2:25"},
    {"PROXY TCP6 2001:db8::1 2001:db8::2 65535 0\r\n", "[2001:db8::1]:65535 > [2001:db8::2]:0"},
    {"PROXY UNKNOWN\r\n", "own"},
    {"PROXY UNKNOWN anything at all\r\n", "own"},
    {"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
     "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535 > [ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
    {"PROXY UNKNOWN " + std::string(91, 'x') + "\r\n", "own"},
    {"PROXY UNKNOWN " + std::string(92, 'x') + "\r\n", "bad"},
    {"PROXY " + std::string(1'000'000, 'x'), "bad"},
    {"PROXY TCP4 192.0.2.1 198.51.100.2 12345\r\n", "bad"},
    {"PROXY TCP4 192.0.2.1 198.51.100.2 12345 25 \r\n", "bad"},
    {"PROXY TCP4 192.0.2.1 198.51.100.2 12345 25 7\r\n", "bad"},
    {"PROXY TCP4  192.0.2.1 198.51.100.2 12345 25\r\n", "bad"},
    {"PROXY TCP4 192.0.2.1 198.51.100.2 65536 25\r\n", "bad"},
    {"PROXY TCP4 192.0.2.1 198.51.100.2 -1 25\r\n", "bad"},
    {"PROXY TCP4 192.0.2.1 198.51.100.2 01 25\r\n", "bad"},
    {"PROXY TCP4 192.0.2.1 198.51.100.2 1 2x\r\n", "bad"},
    {"PROXY TCP4 192.0.2.256 198.51.100.2 1 2\r\n", "bad"},
    {"PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n", "bad"},
    {"PROXY TCP6 192.0.2.1 198.51.100.2 1 2\r\n", "bad"},
    {"PROXY TCP6 fe80::1%eth0 fe80::2 1 2\r\n", "bad"},
    {"PROXY TCP4 \r\n", "bad"},
    {"PROXY \r\n", "bad"},
    {"PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n", "bad"},
    {"PROXY tcp4 192.0.2.1 198.51.100.2 1 2\r\n", "bad"},
    {"proxy TCP4 192.0.2.1 198.51.100.2 1 2\r\n", "bad"},
    {"PROXY\tTCP4 192.0.2.1 198.51.100.2 1 2\r\n", "bad"},
    {"EHLO a\r\n", "bad"},
    {"\x16\3\1", "bad"},
    {"\r\n\r\n\1", "bad"},
    {binary('\x21', '\x11', ends_of_tcp4), "192.0.2.1:12345 > 198.51.100.2:25"},
    {binary('\x21', '\x21', ends_of_tcp6), "[2001:db8::1]:65535 > [2001:db8::2]:256"},
    {binary('\x21', '\x11', ends_of_tcp4 + std::string(300, 'x')), "192.0.2.1:12345 > 198.51.100.2:25"},
    {binary('\x21', '\x11', ends_of_tcp4 + std::string(4068, 'x')), "192.0.2.1:12345 > 198.51.100.2:25"},
    {binary('\x21', '\x11', ends_of_tcp4 + std::string(4069, 'x')), "bad"},
    {binary('\x21', '\x11', ends_of_tcp4.substr(1)), "bad"},
    {binary('\x21', '\x21', ends_of_tcp6.substr(1)), "bad"},
    {binary('\x21', '\x21', ends_of_tcp4), "bad"},
    {binary('\x20', '\x11', ends_of_tcp4), "own"},
    {binary('\x20', '\0', ""), "own"},
    {binary('\x21', '\0', "xx"), "own"},
    {binary('\x21', '\x31', std::string(216, 'x')), "own"},
    {binary('\x21', '\x12', ends_of_tcp4), "own"},
    {binary('\x22', '\x11', ends_of_tcp4), "bad"},
    {binary('\x11', '\x11', ends_of_tcp4), "bad"},
    {binary('\x31', '\x11', ends_of_tcp4), "bad"},
    {binary('\0', '\x11', ends_of_tcp4), "bad"},
};

TEST(ProxyHeader, IsWhatItSays) {
    for (const Case& each : header_cases) {
        const ProxyHeader header = parse_proxy_header(each.header + "EHLO a\r\n");
        EXPECT_EQ(outcome_of(header), each.expected) << each.header.substr(0, 120);
        if (header.step != Step::done) continue;
        EXPECT_EQ(header.bytes, each.header.size());
        EXPECT_EQ(header.version, each.header.starts_with("PROXY") ? 1 : 2);
    }
}

TEST(ProxyHeader, MayComeInParts) {
    for (const Case& each : header_cases) {
        if (each.expected == "bad") continue;
        for (std::size_t size = 0; size < each.header.size(); ++size)
            ASSERT_EQ(outcome_of(parse_proxy_header(each.header.substr(0, size))), "more") << each.header << size;
    }
}

}  // namespace
}  // namespace millrace
