#include <gtest/gtest.h>

#include "tests/unit/adapters/common/http/bad_requests.hpp"
#include "tests/unit/adapters/common/http/conversation.hpp"

namespace millrace::http::test {
namespace {

std::string post(const std::string& headers, const std::string& body = {}) {
    return "POST / HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n" + body;
}
std::string chunked(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }
std::string get(const std::string& headers, const char* version = "1.1") {
    return std::string("GET / HTTP/") + version + "\r\nHost: h\r\n" + headers + "\r\n";
}

const std::string length_fault = bad("Content-Length is no number.");
const std::string lengths_fault = bad("The request may have one Content-Length header.");
const std::string both_fault = bad("The request may not have both Content-Length and Transfer-Encoding.");
const std::string coding_fault =
    refused("501 Not Implemented", "Of the transfer codings, `chunked` alone is understood.");
const std::string codings_fault = bad("The request may have one Transfer-Encoding header.");
const std::string old_fault = bad("HTTP/1.0 has no Transfer-Encoding.");
const std::string chunk_fault = bad("The body's chunks are malformed.");
const std::string extensions_fault = bad("The body's chunks have too many extensions.");
const std::string name_fault = bad("A header's name is no token.");
const std::string large_fault = refused("413 Payload Too Large", "The request's body is too large.");
const std::string trailers_fault = refused("431 Request Header Fields Too Large", "The request's header is too large.");
const std::string compressed_fault =
    refused("415 Unsupported Media Type", "Bodies may not be compressed.", "Accept-Encoding: identity\r\n");
const std::string expectation_fault =
    refused("417 Expectation Failed", "Of the expectations, `100-continue` alone can be met.");

}  // namespace

std::vector<Case> lengths() {
    const std::string full(64, 'x');
    return {
        {"a body", post("Content-Length: 5\r\n", "hello"), ok("POST / [hello]")},
        {"a body of any bytes", post("Content-Length: 4\r\n", "\r\n\r\n"), ok("POST / [\r\n\r\n]")},
        {"of no length", post(""), ok("POST /")},
        {"of length 0", post("Content-Length: 0\r\n"), ok("POST /")},
        {"zeros in front", post("Content-Length: 005\r\n", "hello"), ok("POST / [hello]")},
        {"very many zeros", post("Content-Length: " + std::string(100, '0') + "1\r\n", "x"), ok("POST / [x]")},
        {"a body of a GET", "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx", ok("GET / [x]")},
        {"blanks around", post("Content-Length: \t 5 \t\r\n", "hello"), ok("POST / [hello]")},
        {"as large as can be", post("Content-Length: 64\r\n", full), ok("POST / [" + full + "]")},
        {"one more", post("Content-Length: 65\r\n"), large_fault},
        {"beyond 32 bits", post("Content-Length: 4294967297\r\n", "x"), large_fault},
        {"the most of 64 bits", post("Content-Length: 18446744073709551615\r\n", "x"), large_fault},
        {"beyond 64 bits", post("Content-Length: 18446744073709551617\r\n", "x"), large_fault},
        {"far beyond", post("Content-Length: " + std::string(100, '9') + "\r\n", "x"), large_fault},
        {"empty", post("Content-Length:\r\n", "hello"), length_fault},
        {"a sign", post("Content-Length: +5\r\n", "hello"), length_fault},
        {"below zero", post("Content-Length: -5\r\n", "hello"), length_fault},
        {"hexadecimal", post("Content-Length: 0x5\r\n", "hello"), length_fault},
        {"a fraction", post("Content-Length: 5.0\r\n", "hello"), length_fault},
        {"a blank within", post("Content-Length: 5 5\r\n", "hello"), length_fault},
        {"a letter", post("Content-Length: 5a\r\n", "hello"), length_fault},
        {"a list", post("Content-Length: 5, 5\r\n", "hello"), length_fault},
        {"a list of one", post("Content-Length: 5,\r\n", "hello"), length_fault},
        {"in quotes", post("Content-Length: \"5\"\r\n", "hello"), length_fault},
        {"digits beyond ASCII", post("Content-Length: \xD9\xA5\r\n", "hello"), length_fault},
        {"twice the same", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), lengths_fault},
        {"two", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"), lengths_fault},
        {"the second in lower case", post("Content-Length: 5\r\ncontent-length: 0\r\n", "hello"), lengths_fault},
        {"with an underscore it is another", post("Content_Length: 5\r\n"), ok("POST /")},
        {"with a vertical tab", post("Content-Length:\v5\r\n", "hello"),
         bad("A header's value has a control character.")},
    };
}

std::vector<Case> codings() {
    const std::string body = "5\r\nhello\r\n0\r\n\r\n";
    const auto coding = [&](const std::string& value) { return post("Transfer-Encoding: " + value + "\r\n", body); };
    return {
        {"chunked", coding("chunked"), ok("POST / [hello]")},
        {"loud", coding("CHUNKED"), ok("POST / [hello]")},
        {"both lengths", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", body), both_fault},
        {"both lengths, the other way", post("Transfer-Encoding: chunked\r\nContent-Length: 15\r\n", body), both_fault},
        {"both, of length 0", post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", body), both_fault},
        {"in HTTP/1.0", "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body, old_fault},
        {"both in HTTP/1.0",
         "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n" + body, old_fault},
        {"empty", post("Transfer-Encoding:\r\n", body), coding_fault},
        {"identity", coding("identity"), coding_fault},
        {"gzip", coding("gzip"), coding_fault},
        {"gzip, then chunked", coding("gzip, chunked"), coding_fault},
        {"chunked, then gzip", coding("chunked, gzip"), coding_fault},
        {"chunked, twice in one", coding("chunked, chunked"), coding_fault},
        {"chunked in a list", coding(", chunked"), coding_fault},
        {"with a parameter", coding("chunked;q=1"), coding_fault},
        {"in quotes", coding("\"chunked\""), coding_fault},
        {"xchunked", coding("xchunked"), coding_fault},
        {"chunked and a dot", coding("chunked."), coding_fault},
        {"with a vertical tab", coding("\vchunked"), bad("A header's value has a control character.")},
        {"with a space in the name", post("Transfer-Encoding : chunked\r\n", body),
         bad("A header's name is no token.")},
        {"folded", post("Transfer-Encoding:\r\n chunked\r\n", body), coding_fault},
        {"two headers", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", body), codings_fault},
        {"identity behind it", post("Transfer-Encoding: chunked\r\ntransfer-encoding: identity\r\n", body),
         codings_fault},
        {"with an underscore it is another", post("Transfer_Encoding: chunked\r\n"), ok("POST /")},
        {"compressed", post("Content-Encoding: gzip\r\nContent-Length: 1\r\n", "x"), compressed_fault},
        {"compressed in two ways", post("Content-Encoding: gzip, br\r\nContent-Length: 1\r\n", "x"), compressed_fault},
        {"as it is", post("Content-Encoding: identity\r\nContent-Length: 1\r\n", "x"), ok("POST / [x]")},
    };
}

std::vector<Case> chunks() {
    const std::string end = "0\r\n\r\n";
    const std::string full(64, 'x');
    const std::string extension = std::string(3000, 'e');
    std::string small;
    for (int i = 0; i < 64; ++i) small += "1\r\nx\r\n";
    return {
        {"none", chunked(end), ok("POST /")},
        {"two", chunked("3\r\nhel\r\n2\r\nlo\r\n" + end), ok("POST / [hello]")},
        {"hexadecimal", chunked("a\r\n0123456789\r\nB\r\n0123456789a\r\n" + end), ok("POST / [01234567890123456789a]")},
        {"zeros in front", chunked("0005\r\nhello\r\n000\r\n\r\n"), ok("POST / [hello]")},
        {"line ends within", chunked("4\r\n\r\n\r\n\r\n" + end), ok("POST / [\r\n\r\n]")},
        {"extensions", chunked("5;a=b;c=\"d e\"\r\nhello\r\n0;x\r\n\r\n"), ok("POST / [hello]")},
        {"blanks before an extension", chunked("5 \t;a\r\nhello\r\n" + end), ok("POST / [hello]")},
        {"trailers", chunked("5\r\nhello\r\n0\r\na: b\r\nContent-Length: 3\r\n\r\n"), ok("POST / [hello]")},
        {"as much as can be", chunked("40\r\n" + full + "\r\n" + end), ok("POST / [" + full + "]")},
        {"as many as can be", chunked(small + end), ok("POST / [" + full + "]")},
        {"one byte more", chunked("41\r\n"), large_fault},
        {"one chunk more", chunked(small + "1\r\n"), large_fault},
        {"very large", chunked("ffffffffffffffff\r\nx"), large_fault},
        {"beyond 64 bits", chunked("10000000000000000\r\nx"), chunk_fault},
        {"beyond 64 bits, by zeros", chunked("00000000000000001\r\nx"), chunk_fault},
        {"no size", chunked("\r\nhello\r\n"), chunk_fault},
        {"no size, an extension", chunked(";a\r\nhello\r\n"), chunk_fault},
        {"a sign", chunked("+5\r\nhello\r\n" + end), chunk_fault},
        {"below zero", chunked("-5\r\nhello\r\n" + end), chunk_fault},
        {"0x", chunked("0x5\r\nhello\r\n" + end), chunk_fault},
        {"a letter", chunked("g\r\n"), chunk_fault},
        {"a blank in front", chunked(" 5\r\nhello\r\n" + end), chunk_fault},
        {"a blank behind", chunked("5 \r\nhello\r\n" + end), chunk_fault},
        {"a tab behind", chunked("5\t\r\nhello\r\n" + end), chunk_fault},
        {"a blank within", chunked("5 5\r\nhello\r\n" + end), chunk_fault},
        {"LF alone behind the size", chunked("5\nhello\r\n" + end), chunk_fault},
        {"CR alone behind the size", chunked("5\rhello\r\n" + end), chunk_fault},
        {"LF alone behind an extension", chunked("5;a\nhello\r\n" + end), chunk_fault},
        {"a NUL in an extension", chunked(std::string("5;a\0\r\nhello\r\n", 13) + end), chunk_fault},
        {"CR in an extension", chunked("5;a\rb\r\nhello\r\n" + end), chunk_fault},
        {"LF alone behind the data", chunked("5\r\nhello\n" + end), chunk_fault},
        {"CR alone behind the data", chunked("5\r\nhello\r0\r\n\r\n"), chunk_fault},
        {"two LF behind the data", chunked("5\r\nhello\n\n" + end), chunk_fault},
        {"too much data", chunked("5\r\nhello!\r\n" + end), chunk_fault},
        {"too little data", chunked("5\r\nhell\r\n" + end), chunk_fault},
        {"LF alone at the end", chunked("0\r\n\n"), name_fault},
        {"CR alone at the end", chunked("0\r\n\rx"), chunk_fault},
        {"a trailer without a name", chunked("0\r\n: b\r\n\r\n"), name_fault},
        {"a trailer without a colon", chunked("0\r\nab\r\n\r\n"), name_fault},
        {"a trailer with a blank in its name", chunked("0\r\na : b\r\n\r\n"), name_fault},
        {"a folded trailer", chunked("0\r\na: b\r\n c\r\n\r\n"), bad("A header may not go on in the next line.")},
        {"a NUL in a trailer", chunked(std::string("0\r\na: \0\r\n\r\n", 11)),
         bad("A header's value has a control character.")},
        {"a CR in a trailer", chunked("0\r\na: b\rc\r\n\r\n"), bad("A header's value has a control character.")},
        {"LF alone behind a trailer", chunked("0\r\na: b\n\r\n"), bad("Each line of the header has to end with CRLF.")},
        {"trailers that go on", chunked("0\r\na: " + std::string(600, 'b')), trailers_fault},
        {"an extension that goes on", chunked("5;" + extension + extension), extensions_fault},
        {"extensions that go on", chunked("1;" + extension + "\r\nx\r\n1;" + extension + "\r\nx\r\n" + end),
         extensions_fault},
        {"another request behind it", chunked("5\r\nhello\r\n" + end) + get(""), ok("POST / [hello]") + ok("GET /")},
    };
}

std::vector<Case> connections() {
    const std::string ping = get("");
    return {
        {"two requests", ping + ping, ok("GET /") + ok("GET /")},
        {"a body and a request", post("Content-Length: 2\r\n", "ab") + ping, ok("POST / [ab]") + ok("GET /")},
        {"an empty line between", ping + "\r\n" + ping, ok("GET /") + ok("GET /")},
        {"a body that is longer than said", post("Content-Length: 2\r\n", "abc\r\n\r\n"),
         ok("POST / [ab]") + bad("The first line is not METHOD TARGET HTTP/1.1.")},
        {"close", get("Connection: close\r\n"), last("GET /")},
        {"close, loud", get("Connection: CLOSE\r\n"), last("GET /")},
        {"close in a list", get("Connection: a, close ,b\r\n"), last("GET /")},
        {"close in the second", get("Connection: a\r\nConnection: close\r\n"), last("GET /")},
        {"close and keep", get("Connection: keep-alive, close\r\n"), last("GET /")},
        {"closed is another word", get("Connection: closed\r\n"), ok("GET /")},
        {"upgrade", get("Connection: upgrade\r\nUpgrade: h2c\r\n"), ok("GET /")},
        {"what comes behind the last", get("Connection: close\r\n") + ping, last("GET /")},
        {"HTTP/1.0", get("", "1.0") + ping, last("GET / 1.0")},
        {"HTTP/1.0 that stays", get("Connection: Keep-Alive\r\n", "1.0") + ping,
         ok("GET / 1.0", "keep-alive") + ok("GET /")},
        {"HTTP/1.0 that stays and closes", get("Connection: keep-alive, close\r\n", "1.0"), last("GET / 1.0")},
        {"what is wrong behind what is right", ping + "GET\r\n\r\n" + ping,
         ok("GET /") + bad("The first line is not METHOD TARGET HTTP/1.1.")},
        {"HEAD", "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nServer: test\r\nContent-Length: 7\r\n\r\n"},
        {"HEAD and GET", "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + ping,
         "HTTP/1.1 200 OK\r\nServer: test\r\nContent-Length: 7\r\n\r\n" + ok("GET /")},
        {"an expectation of what is there", post("Expect: 100-continue\r\n"), ok("POST /")},
        {"an expectation of another kind", post("Expect: a-dollar\r\nContent-Length: 1\r\n"), expectation_fault},
        {"two expectations", post("Expect: 100-continue, a\r\nContent-Length: 1\r\n"), expectation_fault},
        {"an expectation in HTTP/1.0", "POST / HTTP/1.0\r\nExpect: a-dollar\r\nContent-Length: 1\r\n\r\nx",
         last("POST / 1.0 [x]")},
    };
}

}  // namespace millrace::http::test
