#include "adapters/chat/slack/sender.hpp"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/common/form.hpp"
#include "adapters/common/timer_wheel.hpp"
#include "tests/support/read_settings.hpp"
#include "tests/support/scripted_server.hpp"

// Commands on their way to a Slack that answers as a test says.
namespace millrace::chat::slack {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::ScriptedServer;
using Strings = std::vector<std::string>;

// The Web API. What is posted gets `1.0`, `2.0` and so on; the rest is done.
class Api {
  public:
    // The next call of a method gets this error.
    void refuse(const std::string& method, std::string error) {
        const std::lock_guard lock(mutex_);
        errors_[method] = std::move(error);
    }
    // `chat.update 1.0` of each call, in their order.
    Strings calls() const {
        const std::lock_guard lock(mutex_);
        return calls_;
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

  private:
    void serve(ScriptedServer::Connection& connection) {
        for (;;) {
            const std::string request = connection.read_request();
            const std::string method = request.substr(6, request.find(" HTTP/") - 6);
            const FormFields form = *parse_form(request.substr(request.find("\r\n\r\n") + 4), 100);
            const std::string body = answer(method, std::string(value_of(form, "ts")));
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        }
    }
    std::string answer(const std::string& method, const std::string& ts) {
        const std::lock_guard lock(mutex_);
        calls_.push_back(ts.empty() ? method : method + " " + ts);
        if (const auto error = errors_.extract(method)) return R"({"ok":false,"error":")" + error.mapped() + R"("})";
        if (method != "chat.postMessage") return R"({"ok":true})";
        return R"({"ok":true,"ts":")" + std::to_string(++posted_) + R"(.0"})";
    }

    mutable std::mutex mutex_;
    std::map<std::string, std::string> errors_;
    Strings calls_;
    int posted_ = 0;
    ScriptedServer server_{[this](ScriptedServer::Connection& connection) { serve(connection); }};
};

class SlackSender : public ::testing::Test {
  protected:
    SlackSender() { begin(60'000); }

    void begin(int per_minute) {
        sender.reset();
        read.emplace(R"({"bot_token":"xoxb-1","socket":{"app_token":"xapp-1"},"send":{"burst":100,"interval":"1ms",)"
                     R"("per_minute":)" +
                     std::to_string(per_minute) + "}}");
        sender.emplace(
            *read->settings, ledger, client,
            [this](const Sending& it, const Outcome& outcome) {
                ended.push_back(it.command.chat().client_id() + " " + name_of(outcome.fate));
            },
            [this](const ApiAnswer& answer) {
                const std::string news = answer.is_of_account ? answer.error : "well";
                if (account.empty() || account.back() != news) account.push_back(news);
            });
    }
    static std::string name_of(Fate fate) {
        if (fate == Fate::sent) return "sent";
        if (fate == Fate::rejected) return "rejected";
        return fate == Fate::unknown ? "unknown" : "retry";
    }

    void send(const v1::ChatCommand& chat, const std::string& payload, const std::string& room = "C1") {
        v1::Command body;
        *body.mutable_chat() = chat;
        const std::string bytes = body.SerializeAsString();
        millrace::Outgoing command{};
        command.payload_kind = MILLRACE_TEXT;
        command.payload = payload;
        command.body = bytes;
        Sending sending;
        ASSERT_EQ(to_sending(command, room, sending), "");
        ASSERT_TRUE(sender->send(std::move(sending), steady_ms()));
    }
    void post(const std::string& client_id, const std::string& payload, const std::string& room = "C1") {
        v1::ChatCommand chat;
        chat.set_client_id(client_id);
        send(chat, payload, room);
    }
    void edit(const std::string& client_id, const std::string& payload) {
        v1::ChatCommand chat;
        chat.mutable_edit()->mutable_message()->set_client_id(client_id);
        send(chat, payload);
    }
    template <class Condition> void run_until(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!condition() && std::chrono::steady_clock::now() < deadline) {
            sender->pump(steady_ms() + ahead_ms);
            io.restart();
            io.run_one_for(std::chrono::milliseconds(10));
        }
        ASSERT_TRUE(condition());
    }
    void run_until_ended(std::size_t count) {
        run_until([this, count] { return ended.size() >= count; });
    }
    void run_until_idle() {
        run_until([this] { return sender->is_idle(); });
    }
    Strings ids(const std::string& client_id) const {
        const IdMap::Entry* const entry = sender->ids().find("C1", client_id);
        return entry ? entry->message_ids : Strings{};
    }

    Api api;
    std::optional<test::ReadSettings<Settings>> read;
    Ledger ledger;
    boost::asio::io_context io;
    WebClient client{
        {api.url(), "xoxb-1", std::nullopt, std::chrono::seconds(30)}, io.get_executor(), [this] { ++answers; }};
    std::optional<Sender> sender;
    int answers = 0;
    Strings account;            // What was told of it, without repetitions.
    std::int64_t ahead_ms = 0;  // Of the clock by which calls are made.
    Strings ended;
};

const std::string two_parts(5'000, 'x');

TEST_F(SlackSender, WhatAnEditHasAddedTheNextOneChanges) {
    post("one", "short");
    for (int i = 0; i < 2; ++i) edit("one", two_parts);
    edit("one", "short");
    edit("one", two_parts);
    v1::ChatCommand erase;
    erase.mutable_delete_()->mutable_message()->set_client_id("one");
    send(erase, "");
    run_until_idle();
    EXPECT_THAT(api.calls(), ElementsAre("chat.postMessage", "chat.update 1.0", "chat.postMessage", "chat.update 1.0",
                                         "chat.update 2.0", "chat.update 1.0", "chat.delete 2.0", "chat.update 1.0",
                                         "chat.postMessage", "chat.delete 1.0", "chat.delete 3.0"));
    EXPECT_EQ(sender->counts().sent, 6u);
}

TEST_F(SlackSender, AnEditByTheNetworksOwnIdIsOfThatMessage) {
    post("one", "short");
    v1::ChatCommand chat;
    chat.mutable_edit()->mutable_message()->set_message_id("1.0");
    send(chat, two_parts);
    run_until_idle();
    EXPECT_THAT(ids("one"), ElementsAre("1.0", "2.0"));
}

TEST_F(SlackSender, WhatAnEditHasNotDeletedIsNotForgotten) {
    post("one", two_parts);
    run_until_idle();
    api.refuse("chat.delete", "cant_delete_message");
    edit("one", "short");
    run_until_idle();
    EXPECT_THAT(ended, ElementsAre("one sent", " rejected"));
    EXPECT_THAT(ids("one"), ElementsAre("1.0", "2.0"));
}

TEST_F(SlackSender, DeletingGoesOnWhereOnePartIsGone) {
    post("one", two_parts);
    run_until_idle();
    api.refuse("chat.delete", "message_not_found");
    v1::ChatCommand erase;
    erase.mutable_delete_()->mutable_message()->set_client_id("one");
    send(erase, "");
    run_until_idle();
    EXPECT_THAT(ended, ElementsAre("one sent", " sent"));
    EXPECT_THAT(api.calls(), ElementsAre("chat.postMessage", "chat.postMessage", "chat.delete 1.0", "chat.delete 2.0"));
}

TEST_F(SlackSender, TheAccountIsWellWhereSlackTakesSomethingAgain) {
    api.refuse("chat.postMessage", "token_revoked");
    post("one", "x");
    run_until_idle();
    EXPECT_THAT(account, ElementsAre("token_revoked"));
    api.refuse("chat.postMessage", "channel_not_found");
    post("two", "x");
    run_until_idle();
    EXPECT_THAT(account, ElementsAre("token_revoked")) << "it says nothing of the account";
    post("three", "x");
    run_until_idle();
    EXPECT_THAT(account, ElementsAre("token_revoked", "well"));
}

TEST_F(SlackSender, WhatHasLeftInPartAtTheEndIsNotNobodys) {
    begin(1);
    post("one", two_parts);
    post("behind", "x");
    run_until([this] { return answers == 1; });
    sender->give_up();
    EXPECT_THAT(ended, ElementsAre("one unknown", "behind retry"));
}

TEST_F(SlackSender, RoomsTakeTurnsWhereTheWorkspaceHasMoreThanItMaySay) {
    begin(1);
    post("before", "x");
    run_until_ended(1);
    ended.clear();
    for (const char* it : {"a1", "a2", "b1", "b2", "c1", "c2"}) post(it, "x", std::string("C") + it[0]);
    for (std::size_t count = 1; count <= 6; ++count) {
        ahead_ms += 60'000;
        run_until_ended(count);
    }
    EXPECT_THAT(ended, ElementsAre("a1 sent", "b1 sent", "c1 sent", "a2 sent", "b2 sent", "c2 sent"));
}

}  // namespace
}  // namespace millrace::chat::slack
