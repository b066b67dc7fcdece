#include "adapters/chat/irc/sending.hpp"

#include <utility>

#include "adapters/chat/common/degradation.hpp"
#include "adapters/common/utf8.hpp"
#include "millrace/v1/command.pb.h"

namespace millrace::chat::irc {
namespace {

constexpr std::int64_t kWarnEveryMs = 10'000;

Said said_as(v1::Chat::Message::Kind kind) {
    if (kind == v1::Chat::Message::ACTION) return Said::action;
    return kind == v1::Chat::Message::NOTICE ? Said::notice : Said::text;
}

std::uint32_t border(Outcome::Kind kind) {
    switch (kind) {
        case Outcome::Kind::sent:
            return MILLRACE_SENT;
        case Outcome::Kind::lost:
            return MILLRACE_LOST;
        case Outcome::Kind::unknown:
            return MILLRACE_UNSURE;
        case Outcome::Kind::rejected:
            break;
    }
    return MILLRACE_REJECTED;
}

}  // namespace

Sending::Sending(AdapterHost host, Session& session, Ledger& ledger)
    : host_(host), session_(session), ledger_(ledger), warned_ms_(-kWarnEveryMs) {}

void Sending::take(const millrace::Outgoing& command, std::string_view target, millrace_id scope, std::int64_t now_ms) {
    const std::uint64_t id = next_id_++;
    commands_.emplace(id, Sent{scope, command.payload.size() + command.body.size(), command.receipt, {}, {}});
    const std::string why = say(command, target, id, now_ms);
    if (why.empty()) return;
    if (now_ms - warned_ms_ >= kWarnEveryMs) {
        warned_ms_ = now_ms;
        host_.log(MILLRACE_LOG_WARN, "to `" + as_name(target) + "` is not said: " + why);
    }
    take(Outcome{id, Outcome::Kind::rejected, 0, why, {}});
}

std::string Sending::say(const millrace::Outgoing& command, std::string_view target, std::uint64_t id,
                         std::int64_t now_ms) {
    v1::Command body;
    if (!body.ParseFromArray(command.body.data(), static_cast<int>(command.body.size())))
        return "its body is no Command";
    if (!is_utf8(command.payload)) return "it is not UTF-8";
    if (target.empty()) return "there is nobody whom it is for";
    const std::string conversation = session_.isupport().casemapping().folded(target);
    const std::string& client_id = body.chat().client_id();
    commands_.at(id).conversation = conversation;
    commands_.at(id).client_id = client_id;
    if (command.id != 0 && was_said(conversation, body.chat())) {
        told_.push_back({std::move(commands_.at(id)), {id, Outcome::Kind::sent, 0, {}, {}}});
        commands_.erase(id);
        return {};
    }
    Deed deed = plan(session_.capabilities(), ledger_.ids(), conversation, body.chat(), command.payload);
    Outbound::Push pushed = Outbound::Push::taken;
    if (deed.kind == Deed::Kind::say) {
        Utterance utterance{std::string(target),      std::move(deed.text), said_as(deed.said_as),
                            std::move(deed.reply_to), command.hops,         id,
                            command.id != 0};
        pushed = session_.say(std::move(utterance), now_ms);
    } else if (deed.kind == Deed::Kind::topic) {
        pushed = session_.set_topic(target, deed.text, id, now_ms);
    } else {
        return deed.kind == Deed::Kind::refuse ? deed.text : "IRC cannot do that";
    }
    if (pushed == Outbound::Push::full) return "too much waits to be said there already";
    if (command.id != 0)
        kept_.took(command.receipt, session_.outbound().waiting(conversation), session_.outbound().waiting());
    if (!client_id.empty()) ledger_.put({conversation, client_id, {}});
    return {};
}

// In an earlier life, which ended before the gateway could note it.
bool Sending::was_said(const std::string& conversation, const v1::ChatCommand& command) const {
    const bool is_said = command.action_case() == v1::ChatCommand::kSend;
    const IdMap::Entry* known = is_said ? ledger_.ids().find(conversation, command.client_id()) : nullptr;
    return known && !known->message_ids.empty();
}

void Sending::take(const Outcome& outcome) {
    const auto found = commands_.find(outcome.id);
    if (found == commands_.end()) return;
    Sent sent = std::move(found->second);
    commands_.erase(found);
    refused_ += outcome.kind == Outcome::Kind::rejected;
    const bool is_said = outcome.kind == Outcome::Kind::sent && !outcome.message_ids.empty();
    if (!sent.client_id.empty() && is_said) ledger_.put({sent.conversation, sent.client_id, outcome.message_ids});
    told_.push_back({std::move(sent), outcome});
}

void Sending::forget(millrace_id scope) {
    for (auto& [id, sent] : commands_) {
        if (sent.scope == scope) sent.scope = 0;
    }
    for (News& it : told_) {
        if (it.sent.scope == scope) it.sent.scope = 0;
    }
}

void Sending::tell() {
    kept_.tell(host_, loop_);
    for (const auto& [sent, outcome] : std::exchange(told_, {})) {
        if (sent.scope != 0) host_.written(sent.scope, sent.size);
        if (sent.receipt != 0) host_.outcome(loop_, sent.receipt, border(outcome.kind), outcome.code, outcome.text);
    }
}

void Sending::lose() {
    for (auto& [id, sent] : commands_)
        told_.push_back({std::move(sent), {id, Outcome::Kind::lost, 0, "the gateway has left", {}}});
    commands_.clear();
}

}  // namespace millrace::chat::irc
