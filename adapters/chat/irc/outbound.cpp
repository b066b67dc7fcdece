#include "adapters/chat/irc/outbound.hpp"

#include <array>
#include <utility>

#include "adapters/chat/irc/tags.hpp"

namespace millrace::chat::irc {
namespace {

constexpr std::string_view kOwn;  // The line of what is said to the server itself.

}  // namespace

Outbound::Outbound(const SessionSettings& settings, std::int64_t now_ms)
    : settings_(settings), queues_(settings.queue, settings.pace, std::nullopt, now_ms) {}

void Outbound::write(std::string_view command, std::initializer_list<std::string_view> params) {
    write_line(bytes_, command, params);
}

// A raw line is an utterance without a target.
Outbound::Push Outbound::queue(std::string_view command, std::initializer_list<std::string_view> params,
                               std::int64_t now_ms) {
    Utterance item;
    if (write_line(item.text, command, params) != LineFault::none) return Push::taken;
    const std::size_t size = item.text.size();
    return queues_.push(kOwn, std::move(item), size, now_ms);
}

Outbound::Push Outbound::say(std::string_view key, Utterance utterance, const Relay& relay, std::int64_t now_ms) {
    const std::size_t max = text_bytes_max(utterance, relay.prefix_bytes, relay.line_bytes);
    const std::uint64_t id = utterance.id;
    std::string line;
    const std::array<std::string_view, 2> params{utterance.target, "x"};
    const bool is_target = utterance.target.find(',') == std::string::npos &&
                           write_line(line, {}, command_of(utterance.said), params) == LineFault::none;
    if (!is_target || max == 0) {
        deliveries_.reject(id, 0, "nothing on IRC has such a name");
        return Push::taken;
    }
    const std::size_t parts = count_parts(utterance, max, settings_.lines_max + 1);
    if (parts == 0 || parts > settings_.lines_max) {
        deliveries_.reject(id, 0, parts == 0 ? "there is nothing to say" : "it has too many lines");
        return Push::taken;
    }
    const std::size_t size = utterance.text.size();
    if (!utterance.is_durable) return queues_.push(key, std::move(utterance), size, now_ms);
    queues_.add(key, std::move(utterance), size, now_ms);
    return Push::taken;
}

Outbound::Push Outbound::set_topic(std::string_view key, std::string_view room, std::string_view topic,
                                   std::uint64_t id, std::int64_t now_ms) {
    Utterance item;
    item.id = id;
    if (const LineFault fault = write_line(item.text, "TOPIC", {room, topic}); fault != LineFault::none) {
        deliveries_.reject(id, 0, to_string(fault));
        return Push::taken;
    }
    const std::size_t size = item.text.size();
    return queues_.push(key, std::move(item), size, now_ms);
}

void Outbound::pump(const Relay& relay, std::int64_t now_ms) {
    while (bytes_.size() < kBytesMax) {
        Utterance* item = queues_.take(now_ms);
        if (!item) break;
        const std::string& key = queues_.taken();
        bool has_ended = true;
        if (item->target.empty())
            write_raw(key, *item, relay, now_ms);
        else
            has_ended = write_part(key, *item, relay, now_ms);
        if (has_ended) {
            begun_.erase(key);
            queues_.ended(key);
        } else {
            begun_.insert(key);
            queues_.again(key, now_ms);
        }
    }
    if (relay.takes_labels) return;
    if (const auto fence = deliveries_.fence()) {
        const Push pushed = queue("PING", {std::string(1, kFenceMark) + std::to_string(*fence)}, now_ms);
        if (pushed == Push::full) return deliveries_.drop_fence();
        pump(relay, now_ms);
    }
}

void Outbound::write_raw(const std::string& key, const Utterance& item, const Relay& relay, std::int64_t now_ms) {
    if (item.id != 0) {
        const std::uint64_t label = deliveries_.wrote(item.id, key, now_ms);
        if (relay.takes_labels) ((bytes_ += "@label=") += std::to_string(label)) += ' ';
        deliveries_.finished(item.id);
    }
    bytes_ += item.text;
}

bool Outbound::write_part(const std::string& key, Utterance& item, const Relay& relay, std::int64_t now_ms) {
    const std::size_t max = text_bytes_max(item, relay.prefix_bytes, relay.line_bytes);
    std::string_view part;
    if (max == 0 || !next_part(item, max, part)) {
        deliveries_.reject(item.id, 0, "nothing on IRC has such a name");
        return true;
    }
    std::string tags = tags_of(item, relay);
    const std::uint64_t label = deliveries_.wrote(item.id, key, now_ms);
    if (relay.takes_labels) append_tag(tags, "label", std::to_string(label));
    std::string framed;
    if (item.said == Said::action)
        ((framed = "\x01"
                   "ACTION ") += part) += '\x01';
    const std::array<std::string_view, 2> params{item.target, framed.empty() ? part : std::string_view(framed)};
    const LineFault fault = write_line(bytes_, tags, command_of(item.said), params, relay.line_bytes);
    if (fault != LineFault::none) deliveries_.refused(label, key, 0, to_string(fault));
    guard_.sent(key, part, item.hops, now_ms);
    if (fault == LineFault::none && item.done < item.text.size()) return false;
    deliveries_.finished(item.id);
    return true;
}

std::string Outbound::tags_of(const Utterance& item, const Relay& relay) const {
    std::string tags;
    if (!relay.takes_tags) return tags;
    if (item.hops > 0) append_tag(tags, "+millrace/hops", std::to_string(item.hops));
    if (!item.reply_to.empty()) append_tag(tags, "+draft/reply", item.reply_to);
    return tags;
}

void Outbound::disconnected() {
    bytes_.clear();
    queues_.drop(kOwn, [](const Utterance&) {});
    for (const std::string& key : std::exchange(begun_, {})) {
        if (const Utterance* item = queues_.first(key)) deliveries_.lose(item->id, "the connection is gone");
        queues_.skip(key);
    }
    deliveries_.lost();
}

void Outbound::drop(std::string_view key, std::string_view why) {
    queues_.drop(key, [&](const Utterance& item) {
        if (item.id != 0) deliveries_.reject(item.id, 0, why);
    });
    begun_.erase(std::string(key));
}

}  // namespace millrace::chat::irc
