#include <gtest/gtest.h>

#include "tests/unit/adapters/common/http/bad_requests.hpp"
#include "tests/unit/adapters/common/http/conversation.hpp"

namespace millrace::http::test {
namespace {

const std::string host_header = "Host: h\r\n";

std::string line_alone(const std::string& line) { return line + "\r\n" + host_header + "\r\n"; }
std::string with_header(const std::string& line) { return "GET / HTTP/1.1\r\n" + host_header + line + "\r\n\r\n"; }
std::string with_host(const std::string& host) { return "GET / HTTP/1.1\r\nHost:" + host + "\r\n\r\n"; }

const std::string line_fault = bad("The first line is not METHOD TARGET HTTP/1.1.");
const std::string target_fault = bad("The request's target is no path.");
const std::string end_fault = bad("Each line of the header has to end with CRLF.");
const std::string name_fault = bad("A header's name is no token.");
const std::string value_fault = bad("A header's value has a control character.");
const std::string folded_fault = bad("A header may not go on in the next line.");
const std::string hosts_fault = bad("The request needs one Host header.");
const std::string host_fault = bad("The Host header names no host.");
const std::string version_fault = refused("505 HTTP Version Not Supported", "HTTP/1.1 and HTTP/1.0 are spoken here.");
const std::string long_fault = refused("414 URI Too Long", "The request's target is too long.");
const std::string large_fault = refused("431 Request Header Fields Too Large", "The request's header is too large.");
const std::string many_fault = refused("431 Request Header Fields Too Large", "The request has too many headers.");

}  // namespace

std::vector<Case> request_lines() {
    const std::string nul(1, '\0');
    return {
        {"plain", line_alone("GET / HTTP/1.1"), ok("GET /")},
        {"a method of its own", line_alone("BREW /pot HTTP/1.1"), ok("BREW /pot")},
        {"marks in a method", line_alone("M-SEARCH!#$%&'*+.^_`|~ / HTTP/1.1"), ok("M-SEARCH!#$%&'*+.^_`|~ /")},
        {"lower case method", line_alone("get / HTTP/1.1"), ok("get /")},
        {"a query", line_alone("GET /a?b=c&d HTTP/1.1"), ok("GET /a?b=c&d")},
        {"all that is visible", line_alone("GET /!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ HTTP/1.1"),
         ok("GET /!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")},
        {"an asterisk", line_alone("OPTIONS * HTTP/1.1"), ok("OPTIONS *")},
        {"a URL", line_alone("GET http://h/a HTTP/1.1"), ok("GET http://h/a")},
        {"a URL, loud", line_alone("GET HTTPS://h HTTP/1.1"), ok("GET HTTPS://h")},
        {"one empty line in front", "\r\n" + line_alone("GET / HTTP/1.1"), ok("GET /")},
        {"two empty lines in front", "\r\n\r\n" + line_alone("GET / HTTP/1.1"), line_fault},
        {"an LF in front", "\n" + line_alone("GET / HTTP/1.1"), end_fault},
        {"a space in front", line_alone(" GET / HTTP/1.1"), line_fault},
        {"a space behind", line_alone("GET / HTTP/1.1 "), line_fault},
        {"two spaces behind the method", line_alone("GET  / HTTP/1.1"), line_fault},
        {"two spaces behind the target", line_alone("GET /  HTTP/1.1"), line_fault},
        {"a space in the target", line_alone("GET /a b HTTP/1.1"), line_fault},
        {"a tab", line_alone("GET\t/\tHTTP/1.1"), line_fault},
        {"a tab in the target", line_alone("GET /a\tb HTTP/1.1"), target_fault},
        {"no method", line_alone("/ HTTP/1.1"), line_fault},
        {"no target", line_alone("GET HTTP/1.1"), line_fault},
        {"one word", line_alone("GET"), line_fault},
        {"HTTP/0.9", line_alone("GET /"), line_fault},
        {"a method with a colon", line_alone("GE:T / HTTP/1.1"), line_fault},
        {"a method in brackets", line_alone("(GET) / HTTP/1.1"), line_fault},
        {"a method beyond ASCII", line_alone("G\xC3\x89T / HTTP/1.1"), line_fault},
        {"a NUL in the method", line_alone("GE" + nul + "T / HTTP/1.1"), line_fault},
        {"a relative target", line_alone("GET a/b HTTP/1.1"), target_fault},
        {"an authority", line_alone("CONNECT h:443 HTTP/1.1"), target_fault},
        {"another scheme", line_alone("GET ftp://h/ HTTP/1.1"), target_fault},
        {"a URL without a host", line_alone("GET http:///a HTTP/1.1"), target_fault},
        {"a URL that ends", line_alone("GET http:// HTTP/1.1"), target_fault},
        {"two asterisks", line_alone("OPTIONS ** HTTP/1.1"), target_fault},
        {"a query alone", line_alone("GET ?a HTTP/1.1"), target_fault},
        {"a target beyond ASCII", line_alone("GET /\xC3\xA4 HTTP/1.1"), target_fault},
        {"a NUL in the target", line_alone("GET /" + nul + " HTTP/1.1"), target_fault},
        {"a DEL in the target", line_alone("GET /\x7F HTTP/1.1"), target_fault},
        {"a CR in the target", line_alone("GET /a\rb HTTP/1.1"), target_fault},
        {"HTTP/1.0", line_alone("GET / HTTP/1.0"), last("GET / 1.0")},
        {"HTTP/1.2", line_alone("GET / HTTP/1.2"), version_fault},
        {"HTTP/2.0", line_alone("GET / HTTP/2.0"), version_fault},
        {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", version_fault},
        {"HTTP/0.9, said", line_alone("GET / HTTP/0.9"), version_fault},
        {"HTTP/1.10", line_alone("GET / HTTP/1.10"), line_fault},
        {"HTTP/11", line_alone("GET / HTTP/11"), line_fault},
        {"HTTP/1,1", line_alone("GET / HTTP/1,1"), line_fault},
        {"HTTP/x.1", line_alone("GET / HTTP/x.1"), line_fault},
        {"http/1.1", line_alone("GET / http/1.1"), line_fault},
        {"ICY", line_alone("GET / ICY/1.1"), line_fault},
        {"no version", line_alone("GET / HTTP/"), line_fault},
        {"LF alone", "GET / HTTP/1.1\nHost: h\n\n", end_fault},
        {"two CR", "GET / HTTP/1.1\r\r\nHost: h\r\n\r\n", line_fault},
        {"TLS", "\x16\x03\x01\x02" + nul + "\x01" + nul + "\x01\xFC\x03\x03\n", end_fault},
        {"SSH", "SSH-2.0-OpenSSH_9.2\r\n", line_fault},
        {"SMTP", "EHLO example.com\r\n", line_fault},
        {"a target that goes on", "GET /" + std::string(600, 'a'), long_fault},
        {"a target that ends too late", line_alone("GET /" + std::string(600, 'a') + " HTTP/1.1"), long_fault},
        {"a target as long as can be", line_alone("GET /" + std::string(512 - 27, 'a') + " HTTP/1.1"),
         ok("GET /" + std::string(512 - 27, 'a'))},
        {"one more", line_alone("GET /" + std::string(512 - 26, 'a') + " HTTP/1.1"), large_fault},
    };
}

std::vector<Case> header_lines() {
    const std::string nul(1, '\0');
    std::string ten = "GET / HTTP/1.1\r\n" + host_header;
    for (int i = 0; i < 9; ++i) ten += "a: b\r\n";
    return {
        {"no space", with_header("a:b"), ok("GET /")},
        {"tabs", with_header("a:\tb\t"), ok("GET /")},
        {"no value", with_header("a:"), ok("GET /")},
        {"blanks alone", with_header("a: \t "), ok("GET /")},
        {"colons in the value", with_header("a: b:c:d"), ok("GET /")},
        {"bytes beyond ASCII in the value", with_header("a: \xC3\xA4\xFF"), ok("GET /")},
        {"a name of marks", with_header("!#$%&'*+-.^_`|~: b"), ok("GET /")},
        {"a name as long as can be", with_header(std::string(512 - 30, 'a') + ":"), ok("GET /")},
        {"one more", with_header(std::string(512 - 29, 'a') + ":"), large_fault},
        {"a name that goes on", "GET / HTTP/1.1\r\n" + std::string(600, 'a'), large_fault},
        {"a value that goes on", "GET / HTTP/1.1\r\na: " + std::string(600, 'a'), large_fault},
        {"no name", with_header(": b"), name_fault},
        {"no colon", with_header("a"), name_fault},
        {"a space before the colon", with_header("a : b"), name_fault},
        {"a tab before the colon", with_header("a\t: b"), name_fault},
        {"a space in the name", with_header("a b: c"), name_fault},
        {"a name in quotes", with_header("\"a\": b"), name_fault},
        {"a name in brackets", with_header("a[b]: c"), name_fault},
        {"a slash in the name", with_header("a/b: c"), name_fault},
        {"a name beyond ASCII", with_header("\xC3\xA4: b"), name_fault},
        {"a NUL in the name", with_header("a" + nul + "b: c"), name_fault},
        {"a CR in the name", with_header("a\rb: c"), name_fault},
        {"a second request line", with_header("GET /b HTTP/1.1"), name_fault},
        {"a NUL in the value", with_header("a: b" + nul + "c"), value_fault},
        {"a CR in the value", with_header("a: b\rc"), value_fault},
        {"a DEL in the value", with_header("a: b\x7F"), value_fault},
        {"an ESC in the value", with_header("a: \x1B[31m"), value_fault},
        {"a form feed in the value", with_header("a: b\f"), value_fault},
        {"two CR behind the value", with_header("a: b\r"), value_fault},
        {"folded", with_header("a: b\r\n c"), folded_fault},
        {"folded by a tab", with_header("a: b\r\n\tc"), folded_fault},
        {"a blank line of blanks", with_header("a: b\r\n "), folded_fault},
        {"a header that is folded at once", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", folded_fault},
        {"LF alone", "GET / HTTP/1.1\r\nHost: h\nb: c\r\n\r\n", end_fault},
        {"LF alone at the end", "GET / HTTP/1.1\r\nHost: h\r\n\n", end_fault},
        {"LF alone behind a value", "GET / HTTP/1.1\r\nHost: h\n\r\n", end_fault},
        {"as many as can be", ten + "\r\n", ok("GET /")},
        {"one more", ten + "a: b\r\n\r\n", many_fault},
        {"one more that goes on", ten + "a: b\r\na", many_fault},
        {"a host in upper case", "GET / HTTP/1.1\r\nHOST: h\r\n\r\n", ok("GET /")},
        {"a port", with_host(" example.com:8080"), ok("GET /")},
        {"IPv6", with_host("[::1]:80"), ok("GET /")},
        {"an empty host", with_host(""), ok("GET /")},
        {"no host", "GET / HTTP/1.1\r\n\r\n", hosts_fault},
        {"no host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", last("GET / 1.0")},
        {"two hosts", with_host("a\r\nHost: b"), hosts_fault},
        {"one host twice", with_host("a\r\nhost: a"), hosts_fault},
        {"two hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", hosts_fault},
        {"two hosts in one", with_host("a, b"), host_fault},
        {"a host and a path", with_host("a/b"), host_fault},
        {"a host and a user", with_host("a@b"), host_fault},
        {"a host beyond ASCII", with_host("\xC3\xA4"), host_fault},
        {"a space in the host", with_host("a b"), host_fault},
    };
}

}  // namespace millrace::http::test
