#include "adapters/chat/telegram/sender.hpp"

#include <algorithm>
#include <utility>

#include "adapters/chat/common/degradation.hpp"
#include "adapters/chat/telegram/calls.hpp"
#include "adapters/common/timer_wheel.hpp"

namespace millrace::chat::telegram {
namespace {

constexpr std::string_view kMigrated = "migrated ";
constexpr std::size_t kRoomsMax = 10'000;  // Whose pace is remembered beyond their lines.
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kFirstPauseMs = 500;
constexpr std::int64_t kPauseMaxMs = 60'000;
constexpr std::int64_t kBusyMs = 100;
constexpr int kUnwanted = 400;
constexpr int kTooMany = 429;

// A supergroup counts anew: an id of the group that it was is another message's.
void forget_ids(v1::ChatCommand& body) {
    if (body.has_edit()) body.mutable_edit()->mutable_message()->clear_message_id();
    if (body.has_delete_()) body.mutable_delete_()->mutable_message()->clear_message_id();
    if (body.has_react()) body.mutable_react()->mutable_message()->clear_message_id();
    if (!body.has_send()) return;
    body.mutable_send()->clear_reply_to();
    body.mutable_send()->clear_thread();
}

// A tenth of it at once, as the thread looks ten times a second.
Pace per_second(std::int64_t count) {
    return {static_cast<std::uint32_t>(std::max<std::int64_t>(count / 10, 1)),
            static_cast<std::uint32_t>((1'000 + count - 1) / count)};
}

}  // namespace

Sender::Sender(const Settings& settings, Ledger& ledger, HttpClient& client, LoopGuard& guard, std::int64_t now_ms,
               Done done, std::function<void()> answered)
    : settings_(settings), ledger_(ledger), client_(client), guard_(guard), done_(std::move(done)),
      answered_(std::move(answered)),
      queues_({settings.queue_messages, settings.queue_bytes, settings.scopes_max},
              per_second(settings.pace.account_per_s), per_second(settings.pace.chat_per_s), now_ms),
      tried_(ledger), random_(std::random_device{}()) {
    for (const auto& [name, to] : ledger.cursors()) {
        if (name.starts_with(kMigrated)) migrations_.put(name.substr(kMigrated.size()), to);
    }
}

void Sender::migrate(const std::string& from, const std::string& to) {
    migrations_.put(from, to);
    ledger_.move(std::string(kMigrated) + from, to);
}

bool Sender::take(Command command, std::int64_t now_ms) {
    const std::string line = migrations_.first(command.place.chat);
    const Sent sent = command.sent;
    if (command.name.empty())
        return queues_.push(line, std::move(command), sent.size, now_ms) == OutgoingQueues<Command>::Push::taken;
    queues_.add(line, std::move(command), sent.size, now_ms);
    kept_.took(sent.receipt, queues_.waiting(line), queues_.size());
    return true;
}

void Sender::pump(std::int64_t now_ms) {
    while (requests_ < kRequestsMax && queues_.take(now_ms)) leave(std::string(queues_.taken()), now_ms);
}

void Sender::leave(const std::string& line, std::int64_t now_ms) {
    Command& command = *queues_.first(line);
    if (!command.is_planned) {
        const Tried::State before = tried_.state(command.name);
        if (before == Tried::State::sent) return end(line, command, {.fate = Fate::sent});
        if (before == Tried::State::under_way)
            return end(line, command, {.fate = Fate::unknown, .text = "the gateway ended while it was being sent"});
        const std::string why = plan_calls(command, now_ms);
        if (!why.empty()) return end(line, command, {.fate = Fate::rejected, .text = why});
    }
    const Call& call = command.calls[command.done];
    if (!call.is_repeatable) tried_.begin(command.name);
    HttpRequest request = to_request(settings_.api, call, settings_.timeout);
    const std::uint64_t number = client_.send(std::move(request), [this, line](const HttpAnswer& http) {
        --requests_;
        on_answer(line, reply_of(settings_.api, http), steady_ms());
        answered_();
    });
    if (number == 0) {
        if (command.done == 0 && !command.was_unknown) tried_.free(command.name);
        return queues_.again(line, now_ms + kBusyMs);
    }
    ++requests_;
    pace_room(line, now_ms);
}

// Groups and channels take fewer messages a minute than a minute has seconds.
void Sender::pace_room(const std::string& line, std::int64_t now_ms) {
    if (!line.starts_with('-') && !line.starts_with('@')) return;
    for (auto it = rooms_.begin(); rooms_.size() >= kRoomsMax && it != rooms_.end();)
        it = it->second.is_empty(now_ms) ? rooms_.erase(it) : std::next(it);
    Window& room = rooms_.try_emplace(line, settings_.pace.group_per_min, kMinuteMs).first->second;
    room.add(now_ms);
    queues_.hold(line, room.next_ms(now_ms), now_ms);
}

std::string Sender::plan_calls(Command& command, std::int64_t now_ms) {
    command.is_planned = true;
    Place place = command.place;
    place.chat = migrations_.now(place.chat);
    if (place.chat != command.place.chat) forget_ids(command.body);
    const std::string& conversation = command.conversation = place.id();
    if (command.is_data) return plan_upload(command, place);
    const Deed deed = plan(kCapabilities, ledger_.ids(), conversation, command.body, command.text);
    Spans spans = command.body.has_edit() ? command.body.edit().spans() : command.body.send().spans();
    if (spans.size() > kSpansMax) spans.DeleteSubrange(kSpansMax, spans.size() - kSpansMax);
    Calls calls = calls_of(deed, spans, place);
    if (!calls.refusal.empty()) return calls.refusal;
    command.calls = std::move(calls.calls);
    if (deed.kind == Deed::Kind::edit) {  // Those that are changed, and not deleted.
        const auto changed = std::ranges::count(command.calls, "editMessageText", &Call::method);
        command.message_ids.assign(deed.message_ids.begin(), deed.message_ids.begin() + changed);
    }
    if (deed.kind == Deed::Kind::say) guard_.sent(conversation, deed.text, command.hops, now_ms);
    return {};
}

std::string Sender::plan_upload(Command& command, const Place& place) {
    const v1::ChatCommand::Send& send = command.body.send();
    const std::string& name = send.files_size() > 0 ? send.files(0).name() : command.title;
    Calls calls = upload(command.text, name, place);
    command.calls = std::move(calls.calls);
    return calls.refusal;
}

void Sender::on_answer(const std::string& line, const Reply& reply, std::int64_t now_ms) {
    Command* const found = queues_.first(line);
    if (!found) return;
    Command& command = *found;
    if (reply.is_ok() || is_done_already(command, reply)) return done_one(line, command, reply, now_ms);
    const bool is_repeatable = command.calls[command.done].is_repeatable;
    const bool is_unknown = reply.reach == Reply::Reach::unknown;
    if (is_unknown) command.was_unknown = true;
    if (reply.error() != 0 && reply.answer.migrate_to_chat_id) {
        migrate(migrations_.now(command.place.chat), std::to_string(*reply.answer.migrate_to_chat_id));
        if (command.done == 0 && !std::exchange(command.has_migrated, true)) {
            command.is_planned = false;
            tried_.free(command.name);
            return queues_.again(line, now_ms);
        }
    }
    const bool has_no_text = reply.answer.description.find("no text in the message") != std::string::npos;
    if (reply.error() == kUnwanted && has_no_text && command.calls[command.done].method == "editMessageText") {
        command.calls[command.done] = as_caption(command.calls[command.done]);
        return queues_.again(line, now_ms);
    }
    if (reply.error() == kUnwanted && !command.calls[command.done].instead.empty()) {
        Call& call = command.calls[command.done];
        call = {.method = "sendMessage", .parameters = std::exchange(call.instead, {})};
        return queues_.again(line, now_ms);
    }
    const bool is_again =
        reply.reach == Reply::Reach::not_sent || reply.error() == kTooMany || (is_unknown && is_repeatable);
    if (is_again) return try_again(line, command, reply, now_ms);
    end(line, command, {is_unknown ? Fate::unknown : Fate::rejected, reply.error(), reply.text});
}

void Sender::done_one(const std::string& line, Command& command, const Reply& reply, std::int64_t now_ms) {
    const std::string id = JsonView(reply.answer.result)["message_id"].scalar();
    if (!id.empty() && !std::ranges::count(command.message_ids, id)) command.message_ids.push_back(id);
    command.tries = 0;
    command.was_unknown = false;
    if (++command.done < command.calls.size()) return queues_.again(line, now_ms);
    end(line, command, {.fate = Fate::sent});
}

// What is to be so is so.
bool Sender::is_done_already(const Command& command, const Reply& reply) {
    if (reply.error() != kUnwanted) return false;
    const std::string& method = command.calls[command.done].method;
    const std::string& said = reply.answer.description;
    if (method.starts_with("editMessage")) return said.find("message is not modified") != said.npos;
    return method == "deleteMessage" && said.find("message to delete not found") != said.npos;
}

void Sender::try_again(const std::string& line, Command& command, const Reply& reply, std::int64_t now_ms) {
    std::int64_t pause_ms = std::min(kFirstPauseMs << std::min(command.tries, 10U), kPauseMaxMs);
    pause_ms += static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(pause_ms / 4));
    if (reply.error() == kTooMany) {
        ++counts_.put_off;
        const std::int64_t asked_s = std::clamp<std::int64_t>(reply.answer.retry_after_s.value_or(0), 0, 7 * 86'400);
        pause_ms = std::max(pause_ms, asked_s * 1'000);
    }
    if (now_ms + pause_ms - command.since_ms > settings_.retry_for.count()) {
        const bool is_unknown = command.was_unknown;
        return end(line, command,
                   {is_unknown ? Fate::unknown : Fate::rejected, reply.error(),
                    "the server has not taken it in time: " + reply.text});
    }
    ++command.tries;
    ++counts_.retries;
    if (command.done == 0 && !command.was_unknown) tried_.free(command.name);
    queues_.again(line, now_ms + pause_ms);
}

void Sender::end(const std::string& line, Command& command, Outcome outcome) {
    const std::size_t calls = command.calls.size();
    if (outcome.fate != Fate::sent && command.done > 0)
        outcome.text =
            "after " + std::to_string(command.done) + " of " + std::to_string(calls) + " parts: " + outcome.text;
    ++(outcome.fate == Fate::sent ? counts_.sent : outcome.fate == Fate::unknown ? counts_.unknown : counts_.rejected);
    const v1::ChatCommand& body = command.body;
    const std::string& client_id = body.has_edit() ? body.edit().message().client_id() : body.client_id();
    if (!client_id.empty() && !command.message_ids.empty())
        ledger_.put({command.conversation, client_id, command.message_ids});
    if (outcome.fate == Fate::rejected && command.done == 0)
        tried_.free(command.name);
    else
        tried_.end(command.name, outcome.fate == Fate::sent);
    const Sent sent = command.sent;
    queues_.ended(line);
    done_(sent, outcome);
}

void Sender::give_up() {
    queues_.drop_all([this](const Command& command) {
        const bool is_unknown = command.done > 0 || command.was_unknown;
        done_(command.sent, {is_unknown ? Fate::unknown : Fate::retry, 0, "the gateway stops"});
    });
}

}  // namespace millrace::chat::telegram
