#include "adapters/sms/sender.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "adapters/common/base64.hpp"
#include "adapters/common/digest.hpp"
#include "adapters/common/timer_wheel.hpp"
#include "adapters/sms/normalise.hpp"

namespace millrace::sms {
namespace {

constexpr std::int64_t kUnlimited = 1'000'000;
constexpr std::int64_t kFirstPauseMs = 1'000;
constexpr std::int64_t kPauseMaxMs = 60'000;

constexpr std::size_t kRequestsMax = 64;  // Under way at a time.

// Of a message that comes again after a restart: the same then, and that of no other.
std::string name_of(const Sending& sending) {
    if (sending.id == 0) return {};
    const Outbound& message = sending.message;
    const std::string hash = digest(Digest::sha256, {message.from, "\n", message.to, "\n", message.text});
    return std::to_string(sending.id) + "-" + hex_encoded(std::string_view(hash).substr(0, 8));
}

// What a request has that nobody may see.
void hide(HttpRequest& request, const Account& account) {
    if (!account.secret.empty()) request.secrets.push_back(account.secret);
    for (const HttpHeader& header : request.headers) {
        if (header.name == "authorization") request.secrets.push_back(header.value);
    }
}

}  // namespace

Sender::Sender(const Settings& settings, Ledger& ledger, OptOuts& opt_outs, Executor loop, Done done)
    : settings_(settings), ledger_(ledger), opt_outs_(opt_outs), done_(std::move(done)),
      random_(std::random_device{}()), client_({.requests_max = kRequestsMax}, loop) {}

Sender::~Sender() = default;

bool Sender::send(Sending sending, std::int64_t now_ms) {
    if (waiting_count_ >= static_cast<std::size_t>(settings_.send.waiting_max)) return false;
    const std::int64_t rate_max = settings_.send.rate_max == 0 ? kUnlimited : settings_.send.rate_max;
    Line& line = lines_.try_emplace(sending.message.from, rate_max, now_ms).first->second;
    Lane& lane = line.lanes[sending.message.to];
    if (lane.waiting.empty() && !lane.is_under_way) line.ready.push_back(sending.message.to);
    std::string name = name_of(sending);
    lane.waiting.push_back({std::move(sending), std::move(name), now_ms});
    ++waiting_count_;
    return true;
}

bool Sender::has(const Outbound& message) const {
    const auto line = lines_.find(message.from);
    return line != lines_.end() && line->second.lanes.contains(message.to);
}

void Sender::pump(std::int64_t now_ms, std::int64_t now_s) {
    for (auto it = lines_.begin(); it != lines_.end();) {
        Line& line = it->second;
        pump(line, now_ms, now_s);
        it = line.lanes.empty() && line.bucket.is_full(now_ms) ? lines_.erase(it) : std::next(it);
    }
}

void Sender::pump(Line& line, std::int64_t now_ms, std::int64_t now_s) {
    while (!line.ready.empty() && now_ms >= line.held_until_ms && line.bucket.available(now_ms) > 0) {
        if (!leave(line, now_s)) return;
    }
}

// The next one. False where there are too many under way.
bool Sender::leave(Line& line, std::int64_t now_s) {
    const auto found = line.lanes.find(line.ready.front());
    Lane& lane = found->second;
    Waiting& waiting = lane.waiting.front();
    const std::optional<Answer> why = held_back(waiting);
    if (!why && !request(waiting, now_s)) return false;
    if (why)
        end(waiting.sending, *why);
    else
        line.bucket.take(1);
    lane.is_under_way = !why;
    lane.waiting.pop_front();
    --waiting_count_;
    if (why && !lane.waiting.empty()) return true;
    line.ready.pop_front();
    if (why) line.lanes.erase(found);
    return true;
}

// What it ends with, where it is not to leave.
std::optional<Answer> Sender::held_back(Waiting& waiting) {
    if (!waiting.name.empty() && ledger_.was_tried(waiting.name))
        return Answer{.fate = Fate::unknown, .text = "the gateway ended while it was being sent"};
    if (waiting.sending.is_permitted) return std::nullopt;
    const std::string scope = scope_of(waiting.sending.message.from, waiting.sending.message.to);
    if (!opt_outs_.take(scope)) return unwanted();
    waiting.sending.is_permitted = opt_outs_.has_stopped(scope);
    return std::nullopt;
}

// False where there are too many under way.
bool Sender::request(Waiting& waiting, std::int64_t now_s) {
    if (requests_ == kRequestsMax) return false;
    waiting.sending.message.now_s = now_s;
    HttpRequest request = settings_.provider->build(settings_.account, waiting.sending.message);
    hide(request, settings_.account);
    request.timeout = settings_.send.timeout;
    request.connect_timeout = std::min(request.connect_timeout, request.timeout);
    if (!waiting.name.empty() && !ledger_.try_once(waiting.name)) return false;
    auto kept = std::make_shared<Waiting>(waiting);
    const std::uint64_t number =
        client_.send(std::move(request), [this, kept](const HttpAnswer& http) { on_answer(std::move(*kept), http); });
    if (number == 0 && !waiting.name.empty()) ledger_.free(waiting.name);
    requests_ += number != 0;
    return number != 0;
}

void Sender::on_answer(Waiting waiting, const HttpAnswer& http) {
    --requests_;
    Line& line = lines_.at(waiting.sending.message.from);
    const std::string to = waiting.sending.message.to;
    Lane& lane = line.lanes.at(to);
    lane.is_under_way = false;
    Answer answer = answer_of(settings_.provider->details, http);
    const bool is_again = answer.fate == Fate::retry && try_again(line, lane, waiting, answer);
    if (lane.waiting.empty())
        line.lanes.erase(to);
    else if (is_again)
        line.ready.push_front(to);
    else
        line.ready.push_back(to);
    if (is_again) return;
    if (answer.fate == Fate::retry) {
        answer.fate = Fate::rejected;
        answer.text = "the provider has not taken it in time: " + answer.text;
    }
    end(waiting.sending, answer);
}

void Sender::end(const Sending& sending, const Answer& answer) {
    ++(answer.fate == Fate::sent ? counts_.sent : answer.fate == Fate::unknown ? counts_.unknown : counts_.rejected);
    if (answer.is_opted_out) opt_outs_.stop(scope_of(sending.message.from, sending.message.to));
    done_(sending, answer);
}

// The line waits with it: a provider that wants less of one number gets no more of it.
bool Sender::try_again(Line& line, Lane& lane, Waiting& waiting, const Answer& answer) {
    if (!waiting.name.empty()) ledger_.free(waiting.name);
    const std::int64_t now_ms = steady_ms();
    std::int64_t pause_ms = std::min(kFirstPauseMs << std::min(waiting.tries, 10U), kPauseMaxMs);
    pause_ms += static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(pause_ms / 4));
    pause_ms = std::max(pause_ms, answer.retry_after_ms);
    if (now_ms + pause_ms - waiting.since_ms > settings_.send.retry_for.count()) return false;
    ++waiting.tries;
    ++counts_.retries;
    ++waiting_count_;
    line.held_until_ms = std::max(line.held_until_ms, now_ms + pause_ms);
    lane.waiting.push_front(std::move(waiting));
    return true;
}

void Sender::give_up() {
    for (auto& [from, line] : lines_) {
        for (auto& [to, lane] : line.lanes) {
            for (const Waiting& waiting : lane.waiting)
                done_(waiting.sending, {.fate = Fate::retry, .text = "the gateway stops"});
        }
    }
    lines_.clear();
    waiting_count_ = 0;
}

}  // namespace millrace::sms
