#include "adapters/mqtt/gate.hpp"

#include <algorithm>
#include <utility>

#include "adapters/common/utf8.hpp"
#include "adapters/mqtt/reasons.hpp"
#include "adapters/mqtt/writer.hpp"

namespace millrace::mqtt {
namespace {

using Cause = Gate::Ending::Cause;

// Largest packet besides a payload: properties may be as long as a topic.
constexpr std::size_t kHeadBytes = 2 * kHeadBytesMin;

// What may wait to be written to the broker before nothing is taken that may add to it.
constexpr std::size_t kBacklogBytes = 64 << 10;

// So much of what a broker says goes into a log.
constexpr std::size_t kQuoteBytes = 200;

bool is_equal_in_constant_time(std::string_view a, std::string_view b) {
    unsigned difference = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    return difference == 0;
}

// `0x8E: another connection took over ..; the broker says: "..."`
std::string words(std::uint8_t code, std::string_view meaning, const Properties& properties) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string text = std::string("code 0x") + kDigits[code >> 4] + kDigits[code & 15];
    if (!meaning.empty()) text.append(": ").append(meaning);
    Property reason{};
    if (properties.find(PropertyId::reason_string, reason))
        text += "; it says: \"" + as_name(reason.text.substr(0, kQuoteBytes)) + "\"";
    return text;
}

}  // namespace

Gate::Gate(GateSettings settings)
    : settings_(std::move(settings)), session_(settings_.session), broker_(Sender::broker, version_, kHeadBytes),
      library_(Sender::client, version_, kHeadBytes) {}

bool Gate::admits(const Connect& connect) const {
    return connect.password && is_equal_in_constant_time(*connect.password, settings_.nonce);
}

void Gate::open(const Connect& connect, std::uint64_t first_unseen, std::int64_t now_ms) {
    session_.begin(first_unseen);
    phase_ = Phase::connecting;
    version_ = connect.version;
    broker_ = Codec(Sender::broker, version_, kHeadBytes);
    library_ = Codec(Sender::client, version_, kHeadBytes);
    aliases_.assign(settings_.changes.topic_alias_max + std::size_t{1}, {});
    keep_alive_.stop();
    keep_alive_s_ = connect.keep_alive_s;
    connack_due_ms_ = now_ms + settings_.connack_timeout_ms;
    first_number_ = session_.next_number();
    clean_start_ = connect.clean_start;
    session_present_ = is_skipping_ = is_paused_ = owes_pingresp_ = false;
    own_for_broker_.clear();
    for_broker_.clear();
    for_library_.clear();
    passed_.clear();
    ending_.reset();
    now_ms_ = now_ms;
    write_connect(for_broker_, connect, settings_.changes);
}

void Gate::close() {
    phase_ = Phase::closed;
    keep_alive_.stop();
}

bool Gate::wants_broker() const {
    return phase_ != Phase::closed && !is_paused_ && for_broker_.size() + own_for_broker_.size() < kBacklogBytes;
}

bool Gate::wants_library() const { return phase_ != Phase::closed && for_broker_.size() < kBacklogBytes; }

void Gate::from_broker(Input& input, std::int64_t now_ms) {
    now_ms_ = now_ms;
    passed_.clear();
    resolved_count_ = 0;
    const char* const begin = input.begin;
    bool is_more = true;
    while (is_more && may_take(input)) {
        char* const first = input.begin;
        switch (broker_.take(input)) {
            case Codec::Step::packet:
                take_from_broker(first);
                break;
            case Codec::Step::payload:
                if (!is_skipping_) for_library_.forward(broker_.payload());
                break;
            case Codec::Step::failed:
                fail(broker_.fault());
                break;
            case Codec::Step::need_more:
                is_more = false;
                break;
        }
        answer_ping();
    }
    if (input.begin != begin) keep_alive_.received(now_ms);
    send_owed();
}

// At a PUBLISH that there is no room for everything stops; before it, nothing does.
bool Gate::may_take(const Input& input) {
    if (phase_ == Phase::closed) return false;
    if (broker_.payload_left() > 0) return true;
    if (for_broker_.size() + own_for_broker_.size() >= kBacklogBytes) return false;
    if (input.size() == 0) return false;
    const bool is_publish = static_cast<unsigned char>(*input.begin) >> 4 == static_cast<unsigned>(PacketType::publish);
    if (!is_publish) return true;
    if (session_.is_full()) send_owed();
    if (!is_paused_ && session_.is_full()) {
        is_paused_ = true;
        ++counts_.pauses;
        keep_alive_.read(false, now_ms_);
    }
    return !is_paused_;
}

void Gate::take_from_broker(char* first) {
    const Codec::Packet& packet = broker_.packet();
    if (phase_ == Phase::connecting && packet.head.type != PacketType::connack)
        return fail(protocol_error("it comes before CONNACK"));
    switch (packet.head.type) {
        case PacketType::connack:
            return phase_ == Phase::connecting ? take_connack() : fail(protocol_error("it comes a second time"));
        case PacketType::publish:
            return take_publish(first);
        case PacketType::pubrel:
            return take_pubrel();
        case PacketType::pingresp:
            return;
        case PacketType::auth:
            return fail(protocol_error("nobody asked for it"));
        case PacketType::disconnect: {
            const Farewell& farewell = packet.farewell;
            const auto code = static_cast<std::uint8_t>(farewell.reason);
            return end(Cause::disconnected, code,
                       "the broker disconnects: " + words(code, words_of(farewell.reason), farewell.properties));
        }
        default:
            for_library_.forward(packet.bytes);
    }
}

void Gate::take_connack() {
    const Connack& connack = broker_.packet().connack;
    if (connack.session_present && clean_start_)
        return fail(protocol_error("a session is present that was not wanted"));
    for_library_.forward(broker_.packet().bytes);
    if (connack.code != 0) {
        const std::string_view meaning = words_of_connack(version_, connack.code);
        return end(Cause::refused, connack.code,
                   "the broker refuses the connection: " + words(connack.code, meaning, connack.properties));
    }
    phase_ = Phase::open;
    session_present_ = connack.session_present;
    session_.resume(session_present_);
    Property interval{};
    if (connack.properties.find(PropertyId::server_keep_alive, interval))
        keep_alive_s_ = static_cast<std::uint16_t>(interval.number);
    keep_alive_.start(keep_alive_s_, now_ms_);
}

void Gate::take_publish(char* first) {
    const Codec::Packet& packet = broker_.packet();
    const Publish& publish = packet.publish;
    const std::size_t size = packet.bytes.size() + publish.payload_size;
    Session::Arrival arrival{publish.qos, publish.packet_id, static_cast<std::uint32_t>(size)};
    const bool is_too_large = settings_.changes.packet_bytes_max != 0 && size > settings_.changes.packet_bytes_max;
    if (is_too_large && version_ == Version::v5)
        return fail({Reason::packet_too_large, "it is larger than was agreed on"});
    is_skipping_ = true;
    if (is_too_large || publish.is_cut) {
        ++counts_.oversized;
        const Reason reason = version_ == Version::v5 ? Reason::implementation_specific_error : Reason::success;
        if (publish.qos > 0) session_.refuse(arrival, reason);
        return;
    }
    bool has_alias = false;
    std::string_view topic = publish.topic;
    if (!resolve_topic(publish, has_alias, topic)) return;
    arrival.size += static_cast<std::uint32_t>(topic.size() - publish.topic.size());
    const std::optional<std::uint64_t> number = session_.arrive(arrival);
    if (!number) {
        ++counts_.repeated;
        return;
    }
    is_skipping_ = false;
    ++counts_.passed;
    passed_.push_back({*number, publish});
    if (has_alias) passed_.back().publish.topic = keep(topic);
    if (publish.qos == 2) *first = static_cast<char>((*first & ~6) | 2);
    if (!has_alias) return for_library_.forward(packet.bytes);
    head_.clear();
    write_publish_head(head_, publish, static_cast<std::uint8_t>(*first & 0x0F), topic);
    for_library_.append(head_);
}

// §3.3.2.3.4. An alias holds for its connection.
bool Gate::resolve_topic(const Publish& publish, bool& has_alias, std::string_view& topic) {
    Property alias{};
    has_alias = publish.properties.find(PropertyId::topic_alias, alias);
    if (!has_alias) {
        if (!topic.empty()) return true;
        fail(protocol_error("it has neither a topic nor an alias of one"));
        return false;
    }
    if (alias.number == 0 || alias.number >= aliases_.size()) {
        fail({Reason::topic_alias_invalid, "its topic alias is out of range"});
        return false;
    }
    std::string& known = aliases_[alias.number];
    if (!topic.empty()) known = topic;
    topic = known;
    if (!topic.empty()) return true;
    fail(protocol_error("its topic alias stands for no topic"));
    return false;
}

// An alias may stand for another topic before the call is over.
std::string_view Gate::keep(std::string_view topic) {
    if (resolved_count_ == resolved_.size()) resolved_.emplace_back();
    return resolved_[resolved_count_++] = topic;
}

void Gate::take_pubrel() {
    const std::uint16_t packet_id = broker_.packet().ack.packet_id;
    collect_owed();
    switch (session_.release(packet_id)) {
        case Session::Release::known:
            return write_ack(own_for_broker_, version_, PacketType::pubcomp, packet_id);
        case Session::Release::unknown:
            return write_ack(own_for_broker_, version_, PacketType::pubcomp, packet_id,
                             Reason::packet_identifier_not_found);
        case Session::Release::early:
            return;  // It hears PUBREC yet, and then asks again.
    }
}

void Gate::from_library(Input& input, std::int64_t now_ms) {
    now_ms_ = now_ms;
    bool is_more = true;
    while (is_more && wants_library()) {
        switch (library_.take(input)) {
            case Codec::Step::packet:
                take_from_library();
                break;
            case Codec::Step::payload:
                for_broker_ += library_.payload();
                break;
            case Codec::Step::failed:
                end(Cause::library, static_cast<std::uint8_t>(library_.fault().reason),
                    std::string("the MQTT library's ")
                        .append(name_of(library_.fault_type()))
                        .append(" is wrong: ")
                        .append(library_.fault().text));
                break;
            case Codec::Step::need_more:
                is_more = false;
                break;
        }
        answer_ping();
        send_owed();
    }
    if (!for_broker_.empty()) keep_alive_.sent(now_ms);
}

void Gate::take_from_library() {
    const Codec::Packet& packet = library_.packet();
    switch (packet.head.type) {
        case PacketType::puback:
        case PacketType::pubrec:
        case PacketType::pubcomp:
            return;  // They say nothing: what its callback saw is not settled by that.
        case PacketType::pingreq:
            owes_pingresp_ = true;
            return;
        case PacketType::connect:
            return end(Cause::library, static_cast<std::uint8_t>(Reason::protocol_error),
                       "the MQTT library sends CONNECT a second time");
        case PacketType::disconnect:
            send_owed();
            for_broker_ += packet.bytes;
            return end(Cause::left, 0, "the MQTT library disconnects");
        default:
            for_broker_ += packet.bytes;
    }
}

void Gate::nudge_library() {
    if (phase_ != Phase::open) return;
    owes_pingresp_ = true;
    answer_ping();
}

void Gate::answer_ping() {
    const bool is_between_packets = broker_.payload_left() == 0 || is_skipping_;
    if (!owes_pingresp_ || !is_between_packets || phase_ == Phase::closed) return;
    owes_pingresp_ = false;
    head_.clear();
    write_pingresp(head_);
    for_library_.append(head_);
}

void Gate::settle(std::span<const Settled> settled, std::int64_t now_ms) {
    now_ms_ = now_ms;
    for (const Settled& it : settled) {
        const Reason reason = version_ == Version::v5 ? it.reason : Reason::success;
        if (session_.settle(it.number, reason) != Session::Settlement::taken) ++counts_.stale;
    }
    send_owed();
    if (is_paused_ && session_.is_half_empty()) {
        is_paused_ = false;
        keep_alive_.read(true, now_ms);
    }
}

void Gate::collect_owed() {
    while (const auto owed = session_.next_owed()) {
        write_ack(own_for_broker_, version_, owed->type, owed->packet_id, owed->reason);
        ++counts_.acknowledged;
    }
}

// What the gate itself has to say to the broker, never within a packet of the library's.
void Gate::send_owed() {
    if (phase_ != Phase::open) return;
    collect_owed();
    if (own_for_broker_.empty() || library_.payload_left() > 0) return;
    for_broker_ += own_for_broker_;
    own_for_broker_.clear();
    keep_alive_.sent(now_ms_);
}

void Gate::tick(std::int64_t now_ms) {
    now_ms_ = now_ms;
    if (phase_ == Phase::connecting && now_ms >= connack_due_ms_)
        return end(Cause::unanswered, 0, "the broker did not answer CONNECT in time");
    if (phase_ != Phase::open) return;
    if (keep_alive_.is_lost(now_ms)) return end(Cause::silent, 0, "the broker did not answer a ping in time");
    if (!keep_alive_.take_ping(now_ms)) return;
    ++counts_.pings;
    write_pingreq(own_for_broker_);
    send_owed();
}

std::int64_t Gate::next_due_ms() const {
    if (phase_ == Phase::connecting) return connack_due_ms_;
    return phase_ == Phase::open ? keep_alive_.next_due_ms() : KeepAlive::kNever;
}

void Gate::fail(const Fault& fault) {
    const auto code = static_cast<std::uint8_t>(fault.reason);
    send_owed();
    if (phase_ == Phase::open && version_ == Version::v5 && library_.payload_left() == 0)
        write_disconnect(for_broker_, version_, fault.reason);
    end(Cause::protocol, code,
        std::string("the broker's ").append(name_of(broker_.fault_type())).append(" is wrong: ").append(fault.text));
}

void Gate::end(Ending::Cause cause, std::uint8_t code, std::string text) {
    send_owed();
    close();
    ending_ = {cause, code, std::move(text)};
}

}  // namespace millrace::mqtt
