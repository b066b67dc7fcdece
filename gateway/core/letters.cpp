#include <memory>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/core/adapter_host.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/spool.hpp"

// What an adapter has said yes to and nobody will have: kept, so that a person can see it.
namespace millrace {
namespace {

// Onto the disk; into memory where that has no room for it.
class Burial final : public spool::Request {
  public:
    Burial(spool::DeadLetter letter, DeadLetters& otherwise) : letter_(std::move(letter)), otherwise_(otherwise) {}

    bool is_intake() const override { return true; }
    void apply(spool::Store& store) override {
        spool::DeadLetter letter = letter_;
        store.bury(letter);
    }
    void finished() override {
        const std::unique_ptr<Burial> self(this);
        if (outcome == Outcome::committed) return;
        const spool::Message& message = letter_.message;
        otherwise_.bury(
            {letter_.at_us, {}, {}, 0, 0, letter_.why.text, letter_.prefix + message.fields + message.payload});
    }
    void arrive() override {}

  private:
    const spool::DeadLetter letter_;
    DeadLetters& otherwise_;
};

}  // namespace

void Dispatcher::bury(const millrace_letter& letter, std::string_view why) {
    log::limited(log::Level::warn, adapter_.name(), "a message is a dead letter: {}", why);
    const Event::Head head{MILLRACE_MESSAGE, letter.payload_kind, 0, 0, 0, nullptr};
    const auto now_us = pipeline_.clock.now_us();
    fields_.clear();
    append_fields(head, now_us, to_text(letter.fields), letter.payload.size);
    const std::string_view key = to_text(letter.key);
    const std::string prefix = make_prefix({adapter_.name(), adapter_.protocol(), key, 0, {}, {}, {}, {}});
    spool::Spool* const spool = pipeline_.spool();
    if (!spool) {
        const std::string_view payload = to_text(letter.payload);
        return pipeline_.dead_letters.bury(
            {now_us, {}, {}, 0, 0, std::string(why), std::string(prefix).append(fields_).append(payload)});
    }
    spool::DeadLetter dead;
    dead.at_us = now_us;
    dead.scope = adapter_.name() + ":" + std::string(key);
    dead.prefix = prefix;
    dead.why.reason = to_text(letter.reason);
    dead.why.text = why;
    dead.message.adapter = adapter_.name();
    dead.message.scope = dead.scope;
    dead.message.fields = fields_;
    dead.message.payload = to_text(letter.payload);
    dead.message.payload_kind = letter.payload_kind;
    dead.message.created_us = now_us;
    spool->submit(new Burial(std::move(dead), pipeline_.dead_letters));
}

}  // namespace millrace
