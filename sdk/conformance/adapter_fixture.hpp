#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conformance/plugin_file.hpp"
#include "conformance/recording_host.hpp"
#include "millrace/conformance.hpp"

// What the tests of an adapter share: one start of it, with peers on one side and the recording host on the other. When
// a test ends the adapter is stopped as the gateway stops it, and every rule that it broke fails the test.
namespace millrace::conformance {

using Kind = Heard::Kind;

// A conversation as both sides have it; where scopes are transactions, the last one that came over the peer's line.
struct Talk {
    std::unique_ptr<Peer> peer;
    RecordingHost::Scope* scope = nullptr;
};

class AdapterTest : public ::testing::Test {
  protected:
    using Manner = RecordingHost::Manner;

    static const Declaration& declared() { return plugin_file().declaration; }
    static bool is_declared(std::uint32_t reason) { return declared().closes_by.contains(reason_name(reason)); }
    static bool is_connection() { return declared().lifetime == "connection"; }
    static bool is_transaction() { return declared().lifetime == "transaction"; }

    // A host that takes everything and says nothing.
    static Manner quiet() {
        Manner manner;
        manner.echoes = false;
        return manner;
    }

    void start(const Manner& manner = quiet(), bool is_impatient = false);
    // Drains, stops and destroys it. Once at most.
    void end();
    void TearDown() override { end(); }

    std::unique_ptr<Peer> peer() { return outside_->peer(host_->port()); }
    // Opens a conversation; returns when its scope is there. A transaction has said its name then.
    Talk open(const std::string& name);
    // The same, and this has been said in it.
    Talk open_saying(const std::string& name, const std::string& text);
    // A transaction more over the peer's line; returns when its scope is there.
    RecordingHost::Scope* send(Peer& peer, const std::string& text);
    // A round trip of its own: what the adapter was told, or could have read, before is done with after it.
    void settle_down();

    // texts(), but no more than may be without an answer at a time.
    std::vector<std::string> unanswered(const std::string& name, std::size_t count) const;

    // Waits for one.
    Heard hear(Peer& peer) const;
    // Waits for a text; what the others are does not matter.
    std::string hear_text(Peer& peer) const;
    bool hears_end(Peer& peer) const;
    bool wait_for_messages(const Talk& talk, std::size_t count);
    bool wait_for_close(const Talk& talk);
    // Where a reply goes where its message says, once one has come.
    void say(const Talk& talk, const std::string& text);

    RecordingHost& host() { return *host_; }
    const Outside& world() const { return *outside_; }

  private:
    std::size_t scope_count();
    RecordingHost::Scope* wait_for_scope(std::size_t before);

    std::unique_ptr<Outside> outside_;
    std::optional<RecordingHost> host_;
    int round_trips_ = 0;
};

// What holds for scopes in which there may be many messages, and replies.
class ConversationTest : public AdapterTest {
  protected:
    void SetUp() override {
        if (is_transaction()) GTEST_SKIP() << "a scope is one message: `Transactions` are the tests of that";
    }
};

// What holds for those that are one message, and its answer.
class TransactionTest : public AdapterTest {
  protected:
    void SetUp() override {
        if (!is_transaction()) GTEST_SKIP() << "a scope is no transaction";
    }

    static Manner asking() {
        Manner manner = quiet();
        manner.settles_at_once = false;
        return manner;
    }
    static Kind kind_of(std::uint32_t verdict) {
        return verdict == MILLRACE_ACK ? Kind::yes : verdict == MILLRACE_RETRY ? Kind::later : Kind::no;
    }
    // The peer hears this verdict, with the consumer's words and code where it is no yes.
    void expect_answer(Peer& peer, std::uint32_t verdict, const std::string& text);
    // What is said next is nothing.
    void expect_silence(Peer& peer);
    bool wait_for_release();
};

// "NAME 0", "NAME 1", ...
std::vector<std::string> texts(const std::string& name, std::size_t count);
// As the host remembers them.
std::vector<std::string> as_messages(const std::vector<std::string>& texts);

}  // namespace millrace::conformance
