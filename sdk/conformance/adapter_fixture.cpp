#include "conformance/adapter_fixture.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace millrace::conformance {

using namespace std::chrono_literals;

void AdapterTest::start(const Manner& manner, bool is_impatient) {
    outside_ = outside();
    host_.emplace(plugin_file().plugin->adapter, is_impatient ? outside_->impatient_config() : outside_->config(),
                  manner);
}

void AdapterTest::end() {
    if (!host_) return;
    host_->quiesce();
    host_->close_all();
    host_->stop(0);
    for (const RecordingHost::Scope& scope : host_->scopes) {
        if (!scope.is_closed_by_peer) continue;
        EXPECT_TRUE(declared().closes_by.contains(reason_name(scope.reason))) << reason_name(scope.reason);
    }
    host_.reset();
    outside_.reset();
}

Talk AdapterTest::open(const std::string& name) {
    if (is_transaction()) return open_saying(name, name);
    Talk talk{peer(), nullptr};
    const std::size_t before = scope_count();
    talk.peer->open(name);
    talk.scope = wait_for_scope(before);
    return talk;
}

Talk AdapterTest::open_saying(const std::string& name, const std::string& text) {
    if (!is_transaction()) {
        Talk talk = open(name);
        talk.peer->send(text);
        return talk;
    }
    Talk talk{peer(), nullptr};
    talk.peer->open(name);
    talk.scope = send(*talk.peer, text);
    return talk;
}

RecordingHost::Scope* AdapterTest::send(Peer& peer, const std::string& text) {
    const std::size_t before = scope_count();
    peer.send(text);
    return wait_for_scope(before);
}

std::size_t AdapterTest::scope_count() {
    std::size_t count = 0;
    host_->with([&] { count = host_->scopes.size(); });
    return count;
}

RecordingHost::Scope* AdapterTest::wait_for_scope(std::size_t before) {
    RecordingHost::Scope* scope = nullptr;
    const bool is_there = host_->wait([&] { return host_->scopes.size() > before; });
    if (!is_there) throw std::runtime_error("no scope was opened");
    host_->with([&] { scope = &host_->scopes[before]; });
    return scope;
}

void AdapterTest::settle_down() {
    Manner before;
    host_->with([&] { before = std::exchange(host_->manner, quiet()); });
    const std::string name = "round-trip-" + std::to_string(++round_trips_);
    const std::size_t count = scope_count();
    Talk talk = open_saying(name, name);
    // Others may open then: what was not finished in a scope that has closed may come again.
    const auto is_it = [&](const RecordingHost::Scope& scope) {
        return is_transaction() ? !scope.messages.empty() : scope.messages == as_messages({name});
    };
    EXPECT_TRUE(host_->wait([&] {
        for (std::size_t i = count; i < host_->scopes.size(); ++i) {
            if (!is_it(host_->scopes[i])) continue;
            talk.scope = &host_->scopes[i];
            return true;
        }
        return false;
    }));
    if (is_transaction()) {
        host_->settle_message(*talk.scope, 0, MILLRACE_ACK);
        EXPECT_EQ(hear(*talk.peer).kind, Kind::yes);
        EXPECT_TRUE(wait_for_close(talk));
    } else {
        say(talk, name);
        EXPECT_EQ(hear_text(*talk.peer), name);
    }
    host_->with([&] { host_->manner = before; });
}

std::vector<std::string> AdapterTest::unanswered(const std::string& name, std::size_t count) const {
    return texts(name, std::min(count, outside_->unanswered_max()));
}

Heard AdapterTest::hear(Peer& peer) const { return peer.outcome(patience()); }

std::string AdapterTest::hear_text(Peer& peer) const {
    for (;;) {
        const Heard heard = hear(peer);
        if (heard.kind == Kind::text) return heard.text;
        if (heard.kind == Kind::nothing) return "(nothing)";
        if (heard.kind == Kind::end) return "(the end)";
    }
}

bool AdapterTest::hears_end(Peer& peer) const {
    for (;;) {
        const Heard heard = hear(peer);
        if (heard.kind == Kind::end || heard.kind == Kind::nothing) return heard.kind == Kind::end;
    }
}

bool AdapterTest::wait_for_messages(const Talk& talk, std::size_t count) {
    return host_->wait([&] { return talk.scope->messages.size() >= count; });
}

bool AdapterTest::wait_for_close(const Talk& talk) {
    return host_->wait([&] { return talk.scope->is_closed_by_peer; });
}

void AdapterTest::say(const Talk& talk, const std::string& text) {
    EXPECT_TRUE(host_->wait([&] { return !talk.scope->needs_reply_to || !talk.scope->reply_to.empty(); }));
    host_->send(*talk.scope, MILLRACE_TEXT, text);
}

void TransactionTest::expect_answer(Peer& peer, std::uint32_t verdict, const std::string& text) {
    const Heard heard = hear(peer);
    EXPECT_EQ(heard.kind, kind_of(verdict)) << heard.text;
    if (verdict == MILLRACE_ACK) return;
    EXPECT_NE(heard.text.find(text), std::string::npos) << heard.text;
    const std::uint32_t code = world().code_for(verdict);
    EXPECT_TRUE(code == 0 || heard.text.find(std::to_string(code)) != std::string::npos) << heard.text;
}

void TransactionTest::expect_silence(Peer& peer) {
    settle_down();
    const Heard heard = peer.outcome({});
    EXPECT_EQ(heard.kind, Kind::nothing) << heard.text;
}

bool TransactionTest::wait_for_release() {
    return host().wait([&] { return host().held_routes() == 0; });
}

std::vector<std::string> texts(const std::string& name, std::size_t count) {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < count; ++i) made.push_back(name + " " + std::to_string(i));
    return made;
}

std::vector<std::string> as_messages(const std::vector<std::string>& texts) {
    std::vector<std::string> messages;
    for (const std::string& text : texts) messages.push_back("t:" + text);
    return messages;
}

}  // namespace millrace::conformance
