#pragma once

#include <string>
#include <vector>

#include "gateway/core/departure.hpp"
#include "millrace/v1/message.pb.h"
#include "tests/unit/gateway/core/durable_fixture.hpp"

// The pipeline of durable_fixture.hpp with an adapter whose peers are addresses: its consumer sends there what it gets,
// and asks what becomes of it.
namespace millrace {

inline Config make_departing_config() {
    Config config = durable_config(0, true);
    config.adapters[0].has_addresses = true;
    for (ConsumerConfig& consumer : config.consumers) consumer.may_send = {"test:*"};
    return config;
}

class DeparturesTest : public DurableTest {
  protected:
    DeparturesTest() : DurableTest({}, make_departing_config()) {
        pipeline.ports.set_names({}, pipeline.snapshot()->config.adapters);
        async.handler = [this](Call& call) {
            if (call.event.kind == MILLRACE_RECEIPT) {
                v1::ChannelMessage message;
                message.ParseFromString(std::string(to_text(call.event.event)));
                receipts.push_back(std::to_string(message.correlation()) + " " +
                                   std::to_string(message.receipt().outcome()));
            }
            if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
            const std::string text = call.text();
            answers.push_back(text.starts_with("reply ")
                                  ? call.reply(text)
                                  : call.command(MILLRACE_SEND, "test:alerts/1", text, MILLRACE_REPORTED));
            return ack_all(call);
        };
    }

    void open_addresses(FakeAdapter::Scope& addresses) {
        ASSERT_EQ(adapter.open_with(addresses, "", MILLRACE_ADDRESSES), MILLRACE_OPENED);
        settle();
    }

    void send_each(std::size_t size) {
        async.handler = [this, size](Call& call) {
            if (call.event.kind == MILLRACE_MESSAGE)
                answers.push_back(call.command(MILLRACE_SEND, "test:alerts/1", std::string(size, 'x')));
            return ack_all(call);
        };
    }

    void submit(const std::string& text, FakeAdapter::Extras extras = {}) {
        adapter.submit(scope, text, extras);
        settle();
    }

    std::vector<std::string> outbox() {
        std::vector<std::string> rows;
        spool::run(*pipeline.spool(), [&](spool::Store& store) {
            for (const spool::Command& row : store.commands(0, 10'000)) {
                rows.push_back(row.target + " " + std::string(from_row(row.bytes)->payload));
            }
        });
        return rows;
    }

    FakeAdapter::Scope addresses{.key = ""};
    std::vector<std::int32_t> answers;
    std::vector<std::string> receipts;
};

}  // namespace millrace
