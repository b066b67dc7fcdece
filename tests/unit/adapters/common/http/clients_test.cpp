#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "conformance/recording_host.hpp"
#include "tests/unit/adapters/common/http/sample_adapter.hpp"

// Clients that others have written: curl, Python's http.client, wrk.
namespace millrace::http::test {
namespace {

using conformance::RecordingHost;

// What the command prints, its errors too.
std::string run(const std::string& command) {
    std::string text;
    std::FILE* pipe = ::popen(("( " + command + " ) 2>&1").c_str(), "r");
    std::array<char, 4096> buffer;
    while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), size);
    ::pclose(pipe);
    return text;
}

bool is_there(const std::string& program) { return !run("command -v " + program).empty(); }

class HttpClients : public ::testing::Test {
  protected:
    HttpClients() { manner = Manner(); }

    void serve() { host_ = std::make_unique<RecordingHost>(sample_adapter(), "{}"); }

    std::string url(const std::string& path, const char* scheme = "http") {
        return std::string(scheme) + "://localhost:" + std::to_string(host_->port()) + path;
    }

    void TearDown() override {
        if (!host_) return;
        host_->stop(2'000);
        EXPECT_TRUE(host_->errors.empty()) << host_->errors.front();
    }

    // A file of this test's, with that in it.
    std::string file(const std::string& name, const std::string& content) {
        std::string path = ::testing::TempDir() + "http_clients_" + name;
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }

    std::unique_ptr<RecordingHost> host_;
};

class Curl : public HttpClients {
  protected:
    void SetUp() override {
        if (!is_there("curl")) GTEST_SKIP() << "there is no curl";
    }
    std::string curl(const std::string& arguments) { return run("curl -4 -sS -m 20 " + arguments); }
};

TEST_F(Curl, GetsAndPosts) {
    serve();
    EXPECT_EQ(curl(url("/a?b=c")), "GET /a?b=c");
    EXPECT_EQ(curl("-d 'Body=hello&From=%2B15550100' " + url("/echo")), "Body=hello&From=%2B15550100");
    EXPECT_EQ(curl("-X DELETE " + url("/a")), "DELETE /a");
    EXPECT_EQ(curl("--http1.0 " + url("/a")), "GET /a");
    EXPECT_EQ(curl("-I -o /dev/null -w '%{http_code} %{size_download}' " + url("/large")), "200 0");
    EXPECT_EQ(curl("-o /dev/null -w '%{http_code} %{size_download}' " + url("/large")), "200 1048576");
}

TEST_F(Curl, IsInvitedToSendABody) {
    serve();
    const std::string body = file("body", std::string(1 << 20, 'b'));
    const std::string post = "-o /dev/null -w '%{http_code} %{size_download}' --data-binary @" + body + " ";
    EXPECT_EQ(curl(post + "-H 'Expect: 100-continue' --expect100-timeout 20 " + url("/echo")), "200 1048576");
    EXPECT_EQ(curl(post + "-H 'Expect: 100-continue' --expect100-timeout 20 " + url("/none")), "404 31");
    EXPECT_EQ(curl(post + "-H 'Transfer-Encoding: chunked' " + url("/echo")), "200 1048576");
    EXPECT_EQ(curl(post + "-H 'Expect: a-dollar' " + url("/echo")), "417 54");
    std::ofstream(body, std::ios::app) << "b";
    EXPECT_EQ(curl(post + "-H 'Expect: 100-continue' --expect100-timeout 20 " + url("/echo")), "413 33");
    std::remove(body.c_str());
}

TEST_F(Curl, KeepsItsConnection) {
    serve();
    const std::string each = "-o /dev/null -w '%{num_connects} ' ";
    EXPECT_EQ(curl(each + url("/a") + " " + each + url("/none") + " " + each + url("/b")), "1 0 0 ");
}

TEST_F(Curl, SpeaksTls) {
    const millrace::testing::Certificate certificate = millrace::testing::make_certificate("localhost");
    manner.certificate = &certificate;
    serve();
    EXPECT_EQ(curl("-k " + url("/a", "https")), "GET /a");
    EXPECT_EQ(curl("-k -o /dev/null -w '%{http_code} %{size_download}' " + url("/large", "https")), "200 1048576");
    EXPECT_EQ(curl(url("/a")), "This address speaks TLS: the URL has to begin with https://.\n");
}

TEST_F(HttpClients, PythonKeepsItsConnection) {
    serve();
    const std::string script = file("script.py", R"(
import http.client, sys
connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=20)
connection.connect()
first = connection.sock
def ask(method, target, body=None, headers={}, **more):
    connection.request(method, target, body, headers, **more)
    answer = connection.getresponse()
    return answer.status, answer.read(), answer.getheader('Content-Type')
for i in range(100):
    assert ask('POST', '/echo', b'%d' % i) == (200, b'%d' % i, 'text/plain'), i
assert ask('POST', '/echo', iter([b'ab', b'', b'c' * 5000]), encode_chunked=True) == (
    200, b'ab' + b'c' * 5000, 'text/plain')
assert ask('HEAD', '/large')[:2] == (200, b'')
assert ask('GET', '/none')[0] == 404
assert ask('GET', '/a', headers={'X-Large': 'x' * 7000})[0] == 200
assert connection.sock is first
assert ask('GET', '/a', headers={'X-Large': 'x' * 9000})[0] == 431
assert connection.sock is None
print('fine')
)");
    EXPECT_EQ(run("python3 " + script + " " + std::to_string(host_->port())), "fine\n");
    std::remove(script.c_str());
}

TEST_F(HttpClients, WrkGetsAllItsAnswers) {
    if (!is_there("wrk")) GTEST_SKIP() << "there is no wrk";
    serve();
    const std::string script = file("script.lua", "wrk.method = 'POST'\nwrk.body = string.rep('x', 300)\n");
    const std::string said = run("wrk -t1 -c50 -d1s -s " + script + " " + url("/echo"));
    EXPECT_NE(said.find("requests in"), std::string::npos) << said;
    EXPECT_EQ(said.find("Non-2xx"), std::string::npos) << said;
    EXPECT_EQ(said.find("Socket errors"), std::string::npos) << said;
    std::remove(script.c_str());
}

}  // namespace
}  // namespace millrace::http::test
