#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "adapters/common/mail_client.hpp"
#include "tests/unit/adapters/common/http_fixture.hpp"

// What tests of the mail client share: its loop, and the other side of SMTP.
namespace millrace::testing {

inline std::string repeated(const std::string& text, std::size_t count) {
    std::string result;
    for (std::size_t i = 0; i < count; ++i) result += text;
    return result;
}

// `begin` with lines behind it, so many bytes in all.
inline std::string padded(std::string begin, std::size_t size) {
    while (begin.size() + 2 < size)
        begin += std::string(std::min<std::size_t>(size - begin.size() - 2, 70), 'p') + "\r\n";
    return begin.append(size - std::min(size, begin.size()), 'q');
}

// A server's side of SMTP, which writes down what it hears.
struct SmtpPeer {
    Heard& heard;

    std::string hear(Connection& connection) const {
        std::string line = connection.read_until("\r\n");
        line.resize(line.size() - 2);
        heard.add(line);
        return line;
    }

    // Hears a command, or the content behind 354, and answers; so on.
    template <class Replies> void answer(Connection& connection, const Replies& replies) const {
        bool is_content = false;
        for (const std::string_view reply : replies) {
            if (is_content)
                hear_content(connection);
            else
                hear(connection);
            is_content = reply.starts_with("354");
            connection.write(std::string(reply) + "\r\n");
        }
    }

    void greet(Connection& connection, const std::string& capabilities) const {
        connection.write("220 hi\r\n");
        hear(connection);
        connection.write(capabilities);
    }

    // What was sent, without the dots that were doubled.
    void hear_content(Connection& connection) const {
        std::string content;
        for (std::string line; (line = connection.read_until("\r\n")) != ".\r\n";) {
            content += line.starts_with('.') ? line.substr(1) : line;
        }
        heard.add(content);
    }

    void take_mail(Connection& connection, const std::string& last) const {
        for (;;) {
            const std::string command = hear(connection);
            if (command != "DATA") {
                connection.write("250 ok\r\n");
                continue;
            }
            connection.write("354 go\r\n");
            hear_content(connection);
            return connection.write(last + "\r\n");
        }
    }
};

class MailClientTest : public ::testing::Test {
  protected:
    static MailClientSettings settings_for(const ScriptedServer& server) {
        MailClientSettings settings;
        settings.url = "smtp://localhost:" + std::to_string(server.port());
        settings.start_tls = MailClientSettings::StartTls::off;
        settings.hello_name = "gw.example.com";
        settings.connections = 1;
        return settings;
    }

    // `sent 250 2.0.0 queued`, between commas.
    std::string fates_of(MailClient& client, const Mail& mail) {
        std::string text;
        bool has_come = false;
        EXPECT_TRUE(client.send(mail, [&](const std::vector<MailFate>& fates) {
            EXPECT_FALSE(has_come);
            has_come = true;
            EXPECT_EQ(fates.size(), mail.to.size());
            for (const MailFate& it : fates) text += (text.empty() ? "" : ", ") + to_text(it);
        }));
        run_until([&] { return has_come; });
        return text;
    }

    static std::string to_text(const MailFate& it) {
        const char* const words[] = {"sent", "rejected", "retry", "unknown"};
        return words[static_cast<int>(it.fate)] + (" " + std::to_string(it.code)) + " " +
               (it.enhanced.empty() ? "-" : it.enhanced) + " " + it.text;
    }

    template <class Condition> void run_until(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        while (!condition() && std::chrono::steady_clock::now() < deadline) {
            io.restart();
            io.run_one_for(100ms);
        }
        ASSERT_TRUE(condition()) << "nothing has come within 30 s";
    }

    boost::asio::io_context io;
};

}  // namespace millrace::testing
