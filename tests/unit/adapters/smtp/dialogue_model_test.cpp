#include <gtest/gtest.h>

#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/adapters/smtp/scripted_session.hpp"

// Random sequences of commands against a model that knows the states of RFC 5321 §4.1.4 and RFC 3030, and no more: the
// codes of the replies, and that each transaction ends once.
namespace millrace::smtp {
namespace {

using test::ScriptedSession;

constexpr std::size_t kBytesMax = 40;

class Model {
  public:
    unsigned begun = 0;
    unsigned ended = 0;
    bool is_open = false;

    std::string hello(bool is_extended) {
        end();
        hello_ = is_extended ? 2 : 1;
        return is_extended ? "250-" : "250 ";
    }
    std::string mail(const std::string& local) {
        if (hello_ == 0 || is_open) return "503";
        if (local == "bad") return "501";
        if (local == "nospace") return "452";
        is_open = true;
        ++begun;
        recipients_.clear();
        refused_ = 0;
        is_chunked_ = false;
        bytes_ = 0;
        return "250";
    }
    std::string rcpt(const std::string& local) {
        if (hello_ == 0 || !is_open || is_chunked_) {
            refused_ += is_open ? 1 : 0;
            return "503";
        }
        if (local == "unknown") {
            ++refused_;
            return "550";
        }
        recipients_.push_back(local);
        return "250";
    }
    std::string data() const { return content_fault(false); }
    std::string text(const std::string& text) { return finish(text, true); }
    std::string chunk(const std::string& text, bool is_last) {
        if (const std::string fault = content_fault(true); !fault.empty()) return fault;
        is_chunked_ = true;
        return finish(text, is_last);
    }
    std::string reset() {
        end();
        return "250";
    }
    void end() {
        ended += is_open ? 1 : 0;
        is_open = false;
    }

  private:
    std::string content_fault(bool is_chunk) const {
        if (hello_ == 0 || (is_chunk && hello_ == 1) || !is_open || (is_chunked_ && !is_chunk)) return "503";
        if (!recipients_.empty()) return "";
        return refused_ != 0 ? "554" : "503";
    }
    std::string finish(const std::string& text, bool is_last) {
        bytes_ += text.size();
        std::string code;
        if (bytes_ > kBytesMax)
            code = "552";
        else if (text.find('\0') != text.npos)
            code = "550";
        else if (is_last)
            code = verdict();
        if (!code.empty()) end();
        return code.empty() ? "250" : code;
    }
    std::string verdict() const {
        if (recipients_.front() == "reject") return "550";
        return recipients_.front() == "retry" ? "451" : "250";
    }

    int hello_ = 0;
    std::vector<std::string> recipients_;
    unsigned refused_ = 0;
    bool is_chunked_ = false;
    std::size_t bytes_ = 0;
};

class Walk {
  public:
    explicit Walk(std::uint32_t seed) : random_(seed), session_(service(), {1 + random_() % 30, random_() % 2 == 0}) {
        session_.transcript.clear();
    }

    void step() {
        const auto kind = static_cast<unsigned>(random_() % 24);
        if (kind < 1)
            expect("EHLO a\r\n", model_.hello(true));
        else if (kind < 2)
            expect("HELO a\r\n", model_.hello(false));
        else if (kind < 6)
            mail();
        else if (kind < 11)
            rcpt();
        else if (kind < 14)
            data();
        else if (kind < 18)
            chunk();
        else if (kind < 19)
            expect("RSET\r\n", model_.reset());
        else if (kind < 20)
            expect("VRFY a\r\n", "252");
        else if (kind < 21)
            expect("NOOP\r\n", "250");
        else if (kind < 22)
            expect("HELP\r\n", "214");
        else if (kind < 23)
            expect("EHLO\r\n", "501");
        else
            expect("FOO\r\n", "500");
        ASSERT_EQ(session_.begun, model_.begun) << log_;
        ASSERT_EQ(session_.ended, model_.ended) << log_;
    }

    void finish() {
        const auto kind = static_cast<unsigned>(random_() % 4);
        if (kind == 0) session_.drain();  // Not between the chunks of a message.
        if (kind <= 1) session_.send("QUIT\r\n");
        if (kind == 2) session_.lose();
        if (kind == 3) session_.wait(300'000);
        model_.end();
        ASSERT_TRUE(session_.is_closed()) << log_;
        ASSERT_EQ(session_.ended, model_.begun) << log_;
    }

  private:
    static const Service& service() {
        static const Service kService([] {
            Settings settings;
            settings.content.bytes_max = kBytesMax;
            settings.session.errors_max = settings.session.errors_delayed = 1'000'000;
            settings.session.idle_commands_max = settings.session.mails_max = 1'000'000;
            return settings;
        }());
        return kService;
    }

    std::string pick(std::initializer_list<const char*> words) { return words.begin()[random_() % words.size()]; }

    void mail() {
        const std::string local = pick({"a", "a", "a", "bad", "nospace"});
        expect("MAIL FROM:<" + local + (local == "bad" ? "" : "@b") + ">\r\n", model_.mail(local));
    }

    void rcpt() {
        const std::string local = pick({"c", "c", "unknown", "reject", "retry"});
        expect("RCPT TO:<" + local + "@d>\r\n", model_.rcpt(local));
    }

    std::string text() {
        std::string text(random_() % 8 == 0 ? kBytesMax : random_() % 20, 'x');
        if (random_() % 5 == 0) text += '\0';
        return text + "\r\n";
    }

    void data() {
        const std::string fault = model_.data();
        expect("DATA\r\n", fault.empty() ? "354" : fault);
        if (!fault.empty()) return;
        const std::string sent = text();
        expect(sent + ".\r\n", model_.text(sent));
    }

    void chunk() {
        const std::string sent = random_() % 8 == 0 ? "" : text();
        const bool is_last = random_() % 2 == 0;
        const std::string head = "BDAT " + std::to_string(sent.size()) + (is_last ? " LAST\r\n" : "\r\n");
        session_.send(head);
        expect(sent, model_.chunk(sent, is_last), head);
    }

    void expect(const std::string& bytes, const std::string& code, const std::string& head = {}) {
        log_ += head + bytes;
        session_.send(bytes);
        std::string said;
        for (bool is_outside = true; const char c : session_.transcript) {
            if (c == '{') is_outside = false;
            if (is_outside) said += c;
            if (c == '}') is_outside = true;
        }
        ASSERT_EQ(said.substr(0, code.size()), code) << test::shown(log_) << said;
        ASSERT_TRUE(said.ends_with("\r\n")) << said;
        const bool is_offer = code == "250-";
        ASSERT_TRUE(is_offer || said.find('\n') == said.size() - 1) << said;
        session_.transcript.clear();
    }

    std::mt19937 random_;
    ScriptedSession session_;
    Model model_;
    std::string log_;
};

TEST(DialogueModel, ATransactionEndsOnce) {
    const auto seed = std::random_device{}();
    std::cout << "seed " << seed << '\n';
    for (std::uint32_t round = 0; round < 2000; ++round) {
        Walk walk(seed + round);
        for (int i = 0; i < 60 && !testing::Test::HasFatalFailure(); ++i) walk.step();
        if (!testing::Test::HasFatalFailure()) walk.finish();
        ASSERT_FALSE(testing::Test::HasFatalFailure()) << "round " << round;
    }
}

}  // namespace
}  // namespace millrace::smtp
