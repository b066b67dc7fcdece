#include "adapters/chat/slack/sender.hpp"

#include <algorithm>
#include <utility>

#include "adapters/common/json.hpp"
#include "adapters/common/timer_wheel.hpp"

namespace millrace::chat::slack {
namespace {

constexpr std::string_view kPerson = "person ";
constexpr std::size_t kPersonsMax = 2'000;
constexpr std::int64_t kFirstPauseMs = 500;
constexpr std::int64_t kPauseMaxMs = 60'000;
constexpr std::int64_t kBusyPauseMs = 100;
constexpr Pace kAnyPace{1'000'000, 1};  // What the account may is up to the methods.

// A person is written to by their id, but what was written is changed where it stands.
bool takes_person(Method method) { return method == Method::post_message; }

}  // namespace

Sender::Sender(const Settings& settings, Ledger& ledger, WebClient& client, Done done, OnAccount on_account)
    : settings_(settings), ledger_(ledger), client_(client), done_(std::move(done)), on_account_(std::move(on_account)),
      queues_({settings.send.waiting_max, settings.send.bytes_max}, kAnyPace,
              Pace{settings.send.burst, static_cast<std::uint32_t>(settings.send.interval.count())}, steady_ms()),
      limits_(settings.send.per_minute, steady_ms()), capabilities_(capabilities(false)), tried_(ledger),
      random_(std::random_device()()) {
    for (const auto& [name, room] : ledger.cursors()) persons_ += name.starts_with(kPerson);
}

bool Sender::send(Sending sending, std::int64_t now_ms) {
    sending.since_ms = now_ms;
    const std::string room = sending.to.channel;
    const std::size_t size = sending.size;
    const std::uint64_t receipt = sending.receipt;
    const bool is_durable = !sending.name.empty();
    auto item = std::make_unique<Sending>(std::move(sending));
    if (!is_durable) return queues_.push(room, std::move(item), size, now_ms) == OutgoingQueues<Item>::Push::taken;
    queues_.add(room, std::move(item), size, now_ms);
    kept_.took(receipt, queues_.waiting(room), queues_.size());
    return true;
}

void Sender::pump(std::int64_t now_ms) {
    const auto may = [this, now_ms](const Item& item) { return ready_at(*item, now_ms) <= now_ms; };
    while (Item* const item = queues_.take(now_ms, may)) {
        const std::string room = queues_.taken();
        if (!begin(room, **item, now_ms)) return;
    }
}

// What its next method says. What it is to become is not known before it has its turn.
std::int64_t Sender::ready_at(const Sending& sending, std::int64_t now_ms) {
    return sending.is_planned ? limits_.ready_at(sending.calls[sending.next].method, now_ms) : now_ms;
}

// False: there are too many calls under way.
bool Sender::begin(const std::string& room, Sending& sending, std::int64_t now_ms) {
    if (!sending.is_planned && !plan(room, sending, now_ms)) return true;
    if (const std::int64_t at_ms = ready_at(sending, now_ms); at_ms > now_ms) {
        queues_.not_yet(at_ms);
        return true;
    }
    Call& call = sending.calls[sending.next];
    for (const std::string& text : std::exchange(sending.texts, {})) guard_.sent(room, text, sending.hops, now_ms);
    if (!this->call(room, sending, call)) {
        queues_.not_yet(now_ms + kBusyPauseMs);
        return false;
    }
    limits_.take(call.method);
    return true;
}

// False: it is at its end.
bool Sender::plan(const std::string& room, Sending& sending, std::int64_t now_ms) {
    if (has_ended_before(room, sending)) return false;
    std::string why = plan_calls({capabilities_, ledger_.ids(), response_urls_, now_ms}, sending);
    if (why.empty()) return true;
    end(room, {Fate::rejected, std::move(why)});
    return false;
}

bool Sender::has_ended_before(const std::string& room, Sending& sending) {
    const Tried::State before = tried_.state(sending.name);
    if (before == Tried::State::fresh) return false;
    if (const auto* known = ledger_.ids().find(room, sending.command.chat().client_id()))
        sending.ids = known->message_ids;
    if (before == Tried::State::sent)
        end(room, {.fate = Fate::sent});
    else
        end(room, {Fate::unknown, "the gateway ended while it was being sent"});
    return true;
}

bool Sender::call(const std::string& room, Sending& sending, Call& call) {
    const std::string_view known = ledger_.cursor(std::string(kPerson) + room);
    const auto channel = std::ranges::find(call.fields, "channel", &FormField::name);
    if (!known.empty() && channel != call.fields.end() && !takes_person(call.method)) channel->value = known;
    if (!info_of(call.method).is_idempotent) {
        tried_.begin(sending.name);
        sending.may_have_left = true;
    }
    if (client_.call(call, [this, room](const ApiAnswer& answer) { on_answer(room, answer); })) return true;
    if (sending.next == 0) has_not_left(sending);
    return false;
}

void Sender::on_answer(const std::string& room, const ApiAnswer& answer) {
    Item* const item = queues_.first(room);
    if (!item) return;
    Sending& sending = **item;
    const std::int64_t now_ms = steady_ms();
    counts_.limited += answer.is_limited;
    const bool has_token = !info_of(sending.calls[sending.next].method).name.empty();
    if (answer.is_of_account || (has_token && answer.fate == Fate::sent)) on_account_(answer);
    if (answer.fate == Fate::sent) {
        const std::string_view channel = JsonView(answer.body)["channel"].text();
        if (!channel.empty() && channel != room) keep_room(room, channel);
        sending.take(answer);
        sending.tries = 0;
        if (sending.next == sending.calls.size()) return end(room, {.fate = Fate::sent});
        return queues_.again(room, now_ms);
    }
    if (answer.fate == Fate::retry && try_again(room, sending, answer, now_ms)) return;
    std::string text = answer.text;
    if (answer.fate == Fate::retry) text = "Slack has not taken it in time: " + text;
    if (sending.next > 0 && sending.calls.size() > 1)
        text += " (" + std::to_string(sending.next) + " of " + std::to_string(sending.calls.size()) + " parts were)";
    end(room, {answer.fate == Fate::unknown ? Fate::unknown : Fate::rejected, std::move(text)});
}

// A room that is sent too much waits alone; a method that is called too often waits for all.
bool Sender::try_again(const std::string& room, Sending& sending, const ApiAnswer& answer, std::int64_t now_ms) {
    std::int64_t pause_ms = std::min(kFirstPauseMs << std::min(sending.tries, 10U), kPauseMaxMs);
    pause_ms += static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(pause_ms / 4));
    pause_ms = std::max(pause_ms, answer.wait_ms);
    if (now_ms + pause_ms - sending.since_ms > settings_.send.retry_for.count()) return false;
    ++sending.tries;
    ++counts_.retries;
    if (sending.next == 0) has_not_left(sending);
    const Method method = sending.calls[sending.next].method;
    if (answer.is_limited && info_of(method).per_minute != 0) limits_.hold(method, now_ms + pause_ms);
    queues_.again(room, now_ms + pause_ms);
    return true;
}

void Sender::has_not_left(Sending& sending) {
    tried_.free(sending.name);
    sending.may_have_left = false;
}

void Sender::end(const std::string& room, const Outcome& outcome) {
    Sending& sending = **queues_.first(room);
    ++(outcome.fate == Fate::sent ? counts_.sent : outcome.fate == Fate::unknown ? counts_.unknown : counts_.rejected);
    remember(room, sending);
    if (outcome.fate == Fate::rejected && sending.next == 0)
        tried_.free(sending.name);
    else if (tried_.state(sending.name) != Tried::State::fresh)
        tried_.end(sending.name, outcome.fate == Fate::sent);
    done_(sending, outcome);
    queues_.ended(room);
}

// An edit may have given what it is of other parts.
void Sender::remember(const std::string& room, const Sending& sending) {
    if (sending.ids.empty()) return;
    const v1::ChatCommand& chat = sending.command.chat();
    const auto& edited = chat.edit().message();
    const IdMap::Entry* known = ledger_.ids().find(room, edited.client_id());
    if (!known) known = ledger_.ids().find_message(room, edited.message_id());
    const std::string own_id = known ? known->client_id : edited.client_id();
    for (const std::string& client_id : {chat.client_id(), own_id}) {
        if (!client_id.empty()) ledger_.put({room, client_id, sending.ids});
    }
}

void Sender::keep_room(const std::string& person, std::string_view room) {
    const std::string name = std::string(kPerson) + person;
    const bool is_new = ledger_.cursor(name).empty();
    if (is_new && persons_ >= kPersonsMax) return;
    persons_ += is_new;
    ledger_.move(name, room);
}

void Sender::give_up() {
    queues_.drop_all([this](const Item& item) {
        const bool may_have_left = item->may_have_left || tried_.state(item->name) != Tried::State::fresh;
        done_(*item, {may_have_left ? Fate::unknown : Fate::retry, "the gateway stops"});
    });
}

}  // namespace millrace::chat::slack
