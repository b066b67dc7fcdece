#include "adapters/chat/irc/conversations.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/common/utf8.hpp"

namespace millrace::chat::irc {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::int64_t kAgainMs = 1'000;  // Where the gateway has no place for the scope, or its consumers no time.

// Of the scope. What is odd is written in hex behind it, after a space, which no name has: so each has one of its own.
std::string key_of(std::string_view id) {
    std::string key = as_name(id);
    if (key == id) return key;
    constexpr char kDigits[] = "0123456789abcdef";
    key += ' ';
    for (const char c : id) {
        const auto byte = static_cast<unsigned char>(c);
        key += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
    return key;
}

}  // namespace

Conversations::Conversations(AdapterHost host, const Settings& settings, Cursors& cursors, const IdMap& sent, Send send,
                             Ended ended)
    : host_(host), settings_(settings), cursors_(cursors), send_(std::move(send)), ended_(std::move(ended)),
      normaliser_(settings.fallback, sent) {}

Conversation* Conversations::find(std::string_view id) {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second.get();
}

Conversation& Conversations::conversation_of(std::string_view id, std::string_view name, bool is_direct) {
    if (Conversation* it = find(id)) return *it;
    persons_count_ += is_direct;
    auto made = std::make_unique<Conversation>(*this, id, name, is_direct);
    return *by_id_.emplace(id, std::move(made)).first->second;
}

void Conversations::use(Conversation& it) {
    it.used_at_ms = now_ms_;
    if (!it.is_direct) return;
    if (it.is_linked()) persons_.erase(persons_.iterator_to(it));
    persons_.push_back(it);
}

// Who has said nothing for the longest time goes, of those of whom nothing waits.
void Conversations::evict() {
    for (auto it = persons_.begin(); it != persons_.end() && persons_count_ > settings_.persons_max;) {
        Conversation& person = *it++;
        if (!person.backlog.empty() || person.state == Conversation::State::asking) continue;
        ++counts_.evicted;
        end(person, MILLRACE_REASON_POLICY);
    }
}

void Conversations::entered(std::string_view room, std::string_view name, std::int64_t now_ms) {
    now_ms_ = now_ms;
    Conversation& it = conversation_of(room, name, false);
    it.is_present = it.is_wanted = true;
    due(it);
}

void Conversations::left(std::string_view id) {
    Conversation* it = find(id);
    if (!it) return;
    it->is_present = it->is_wanted = false;
    due(*it);
}

void Conversations::take(const Event& event, const Person& me, std::int64_t now_ms) {
    now_ms_ = now_ms;
    const bool is_said = event.kind == Event::Kind::message || event.kind == Event::Kind::topic;
    if (is_quiesced_ || (event.is_mine && is_said && !settings_.takes_own)) return;
    if (event.is_direct && persons_count_ >= 2 * std::size_t{settings_.persons_max} && !find(event.room)) {
        ++counts_.lost;
        return;
    }
    Conversation& it = conversation_of(event.room, event.room_name, event.is_direct);
    if (it.is_direct) it.is_present = true;
    use(it);
    const Normalised said = normaliser_.take(event, me);
    // By what has come at once, perhaps, and not because of its consumers.
    if (!it.backlog.has_room(said, settings_.backlog)) submit(it);
    push(it, said);
    due(it);
}

void Conversations::push(Conversation& it, const Normalised& said) {
    if (!it.backlog.has_room(said, settings_.backlog)) {
        ++counts_.lost;
        it.has_gap = true;
        return;
    }
    const bool has_cursor = said.sent_at_us > 0 && !it.is_direct && cursors_.is_kept();
    it.backlog.push(said, has_cursor ? it.progress.begin(said.sent_at_us) : 0);
}

void Conversations::settle(Conversation& it, std::uint64_t cookie) {
    if (it.progress.settled(cookie)) cursors_.heard(it.id, it.progress.position(), now_ms_);
}

void Conversations::gap(std::string_view room) {
    Conversation* it = find(room);
    if (!it) return;
    it->has_gap = true;
    due(*it);
}

void Conversations::can(const Capabilities& capabilities) {
    if (is_quiesced_) return;
    can_ = capabilities;
    for (const auto& [id, it] : by_id_) {
        if (it->state == Conversation::State::closed) continue;
        push(*it, normaliser_.changed(settings_.network, capabilities));
        due(*it);
    }
}

void Conversations::gap_of_persons() {
    for (Conversation& it : persons_) {
        it.has_gap = true;
        due(it);
    }
}

void Conversations::keep(const std::vector<WantedRoom>& wanted, const Casemapping& casemapping) {
    for (const auto& entry : by_id_) {
        const Conversation& it = *entry.second;
        const auto is_it = [&](const WantedRoom& room) { return casemapping.is_same(room.name, it.id); };
        if (!it.is_direct && std::ranges::none_of(wanted, is_it)) left(it.id);
    }
}

void Conversations::due(Conversation& it) {
    if (!std::exchange(it.is_due, true)) due_.push_back(&it);
}

void Conversations::run_due(std::int64_t now_ms) {
    now_ms_ = now_ms;
    for (std::size_t i = 0; i < due_.size(); ++i) {
        if (!due_[i]) continue;
        Conversation& it = *due_[i];
        it.is_due = false;
        offer(it);
    }
    due_.clear();
    evict();
}

// What has waited comes before the end.
void Conversations::offer(Conversation& it) {
    using State = Conversation::State;
    if (is_quiesced_) return;
    if (it.state == State::closed && (it.is_wanted || !it.backlog.empty())) open(it);
    if (it.state == State::open) {
        if (std::exchange(it.has_gap, false)) host_.gap(it.scope);
        submit(it);
    }
    const bool is_done = it.backlog.empty() && it.state != State::asking;
    if (is_done && !it.is_present) end(it, MILLRACE_REASON_PEER);
}

void Conversations::open(Conversation& it) {
    if (it.again_at_ms > now_ms_) return;
    const std::string key = key_of(it.id);
    const std::string room = as_name(it.id);
    const std::array<millrace_attribute, 3> attributes{{
        {bytes("network"), bytes(settings_.network)},
        {bytes("room"), bytes(room)},
        {bytes("direct"), bytes(it.is_direct ? "true" : "false")},
    }};
    const std::string fields = normaliser_.scope_fields(settings_.network, settings_.nick, it.id, it.name, it.is_direct,
                                                        can_ ? &*can_ : nullptr);
    it.state = Conversation::State::asking;
    it.is_wanted = it.is_paused = false;
    const std::int32_t opened = host_.open(loop_, it, {key, attributes, fields, settings_.queue_bytes}, &it.scope);
    if (opened != MILLRACE_OPENED) it.state = Conversation::State::closed;
    if (opened == MILLRACE_UNMATCHED) drop(it, counts_.unmatched);
    if (opened == MILLRACE_DRAINING || opened == MILLRACE_NO_SLOT) open_later(it);
}

void Conversations::open_later(Conversation& it) {
    it.is_wanted = true;
    it.again_at_ms = now_ms_ + kAgainMs;
    if (!again_ms_) again_ms_ = it.again_at_ms;
}

// Nobody wants what has come so far.
void Conversations::drop(Conversation& it, std::uint64_t& counted) {
    counted += it.backlog.size();
    for (std::size_t i = 0; i < it.backlog.size(); ++i) settle(it, it.backlog.cookie(i));
    it.backlog.pop(it.backlog.size());
    it.has_gap = false;
    if (it.is_direct) it.is_present = false;
}

void Conversations::submit(Conversation& it) {
    std::array<millrace_submission, kBatch> submissions;
    std::array<millrace_attribute, kBatch * Backlog::kAttributes> attributes;
    std::array<std::uint8_t, kBatch> results;
    while (it.state == Conversation::State::open && !it.is_paused && !it.backlog.empty()) {
        const std::size_t count = it.backlog.fill(submissions, attributes);
        const std::uint32_t taken = host_.submit(it.scope, std::span(submissions).first(count), results.data());
        for (std::size_t i = 0; i < taken; ++i) {
            if (it.backlog.cookie(i) != 0 && results[i] != MILLRACE_PENDING) settle(it, it.backlog.cookie(i));
        }
        it.backlog.pop(taken);
        it.is_paused = taken < count;
    }
}

void Conversations::on_answer(Conversation& it, const Answer& answer) {
    if (answer.verdict() == MILLRACE_ACK) {
        it.state = Conversation::State::open;
        for (std::uint32_t i = 0; i < answer.reply_count(); ++i) on_sent(it, answer.reply(i));
        return due(it);
    }
    it.state = Conversation::State::closed;
    due(it);
    if (answer.verdict() == MILLRACE_RETRY) return open_later(it);
    host_.log(MILLRACE_LOG_WARN, "`" + key_of(it.id) + "` is refused: " + std::string(answer.text()));
    drop(it, counts_.refused);
}

// What is to be tried again is nowhere any more, but in the network's history, if it has one: at the end of all the
// cursor stays before it.
void Conversations::on_settled(Conversation& it, std::uint64_t cookie, std::uint32_t verdict) {
    if (verdict == MILLRACE_RETRY) {
        if (is_quiesced_) return;
        ++counts_.lost;
        it.has_gap = true;
        due(it);
    }
    settle(it, cookie);
}

void Conversations::on_sent(Conversation& it, const millrace::Outgoing& command) {
    use(it);
    send_(command, it);
}

// By a consumer, or at the end of all. The next event opens it again.
void Conversations::on_closed(Conversation& it) {
    it.state = Conversation::State::closed;
    it.progress = {};
    ended_(std::exchange(it.scope, 0));
    if (it.is_direct && it.backlog.empty()) it.is_present = false;
    if (!is_quiesced_) due(it);
}

void Conversations::tick(std::int64_t now_ms) {
    now_ms_ = now_ms;
    if (again_ms_ && *again_ms_ <= now_ms) {
        again_ms_.reset();
        for (const auto& [id, it] : by_id_) {
            if (it->again_at_ms > now_ms) again_ms_ = std::min(again_ms_.value_or(it->again_at_ms), it->again_at_ms);
            if (it->state == Conversation::State::closed) due(*it);
        }
    }
    const std::int64_t idle_since_ms = now_ms - settings_.idle_timeout.count();
    while (!persons_.empty() && persons_.front().used_at_ms <= idle_since_ms) {
        Conversation& it = persons_.front();
        if (it.backlog.empty() && it.state != Conversation::State::asking)
            end(it, MILLRACE_REASON_IDLE);
        else
            use(it);
    }
}

std::optional<std::int64_t> Conversations::next_ms() const {
    std::optional<std::int64_t> next = again_ms_;
    if (persons_.empty()) return next;
    const std::int64_t idle_ms = persons_.front().used_at_ms + settings_.idle_timeout.count();
    return std::min(next.value_or(idle_ms), idle_ms);
}

void Conversations::close_all() {
    std::vector<Conversation*> all;
    for (const auto& [id, it] : by_id_) all.push_back(it.get());
    for (Conversation* it : all) end(*it, MILLRACE_REASON_DRAIN);
}

void Conversations::end(Conversation& it, std::uint32_t reason) {
    if (it.state != Conversation::State::closed) {
        host_.close(it.scope, reason, {});
        ended_(it.scope);
    }
    erase(it);
}

void Conversations::erase(Conversation& it) {
    persons_count_ -= it.is_direct;
    if (it.is_due) std::ranges::replace(due_, &it, static_cast<Conversation*>(nullptr));
    by_id_.erase(by_id_.find(it.id));
}

}  // namespace millrace::chat::irc
