#include "adapters/chat/telegram/session.hpp"

#include <algorithm>
#include <utility>

namespace millrace::chat::telegram {
namespace {

namespace json = boost::json;

constexpr int kUnauthorized = 401;
constexpr int kNotFound = 404;  // What is said to a token that is none.
constexpr int kConflict = 409;
constexpr std::int64_t kConflictPauseMs = 3'000;
constexpr std::int64_t kCountsAnew = 1'000'000;  // Ids so far below the cursor: the server has begun to count anew.

json::array list_of(const std::vector<std::string>& names) { return json::array(names.begin(), names.end()); }

// Why a poll is refused, and what is to be done.
std::string conflict_of(const std::string& said) {
    const bool is_webhook = said.find("webhook") != said.npos;
    return is_webhook ? "a webhook is set for this token, and then nothing is handed out to who polls: delete it "
                        "(deleteWebhook), or configure `webhook` here"
                      : "somebody else polls with this token, and each update goes to one of them: stop the other, or "
                        "give it a token of its own";
}

}  // namespace

std::uint32_t Session::chance() {
    seed_ = seed_ * 1'664'525u + 1'013'904'223u;
    return seed_ >> 8;
}

Call Session::poll() const {
    json::object parameters{{"limit", kOpenMax}, {"allowed_updates", list_of(settings_.allowed_updates)}};
    if (cursor_ != 0) parameters["offset"] = cursor_;
    parameters["timeout"] = open_.empty() ? settings_.poll_timeout_s : 0;
    return make_call("getUpdates", parameters, true);
}

std::optional<Session::Asking> Session::ask(std::int64_t now_ms) {
    const std::optional<std::int64_t> next = next_ms();
    if (!next || *next > now_ms) return std::nullopt;
    is_under_way_ = true;
    asked_ = cursor_;
    if (state_ == State::greeting) return Asking{make_call("getMe", {}, true)};
    if (state_ == State::ready) return Asking{poll(), open_.empty() ? settings_.poll_timeout_s : 0};
    return Asking{make_call("setWebhook",
                            {{"url", settings_.webhook_url},
                             {"secret_token", settings_.webhook_secret},
                             {"allowed_updates", list_of(settings_.allowed_updates)}},
                            true)};
}

std::optional<std::int64_t> Session::next_ms() const {
    const bool has_nothing_to_ask = state_ == State::ready && (!settings_.polls || open_.size() >= kOpenMax);
    if (is_under_way_ || is_stopped() || has_nothing_to_ask) return std::nullopt;
    return std::max(due_ms_, reconnect_.due_ms().value_or(0));
}

std::vector<Update> Session::take(const Reply& reply, std::int64_t now_ms) {
    is_under_way_ = false;
    if (!reply.is_ok()) {
        failed(reply, now_ms);
        return {};
    }
    if (state_ == State::ready) return take_updates(reply, now_ms);
    if (state_ == State::announcing) {
        state_ = State::ready;
        succeeded(now_ms);
    } else {
        greeted(reply, now_ms);
    }
    return {};
}

void Session::greeted(const Reply& reply, std::int64_t now_ms) {
    const JsonView me(reply.answer.result);
    id_ = me["id"].scalar();
    username_ = me["username"].text();
    if (id_.empty()) return fail("the server does not say whose token it is", now_ms, 0);
    state_ = settings_.polls || settings_.webhook_url.empty() ? State::ready : State::announcing;
    if (state_ == State::ready) succeeded(now_ms);
}

std::vector<Update> Session::take_updates(const Reply& reply, std::int64_t now_ms) {
    const JsonView result(reply.answer.result);
    std::vector<Update> updates;
    if (!result.is_array()) {
        fail("the server's updates are no list", now_ms, 0);
        return updates;
    }
    confirmed_ = asked_;
    for (std::size_t i = 0; i < result.size() && open_.size() < kOpenMax; ++i) {
        const std::optional<Update> update = read_update(result[i]);
        malformed_ += !update;
        if (!update || is_known(update->id)) continue;
        if (open_.empty() && (cursor_ == 0 || update->id < cursor_)) confirmed_ = cursor_ = update->id;
        open_.emplace(update->id, false);
        updates.push_back(*update);
    }
    if (result.size() != 0 && updates.empty() && open_.empty()) {
        fail("the server hands out what it has handed out before, or cannot be read", now_ms, 0);
        return updates;
    }
    succeeded(now_ms);
    again_ms_ = updates.empty() ? std::min(2 * again_ms_, kAskAgainMaxMs) : kAskAgainMs;
    due_ms_ = open_.empty() ? now_ms : now_ms + again_ms_;
    return updates;
}

bool Session::is_known(std::int64_t update_id) const {
    return open_.contains(update_id) || (update_id < cursor_ && cursor_ - update_id < kCountsAnew);
}

void Session::ended(std::int64_t update_id, std::int64_t now_ms) {
    const auto found = open_.find(update_id);
    if (found == open_.end()) return;
    found->second = true;
    while (!open_.empty() && open_.begin()->second) {
        cursor_ = open_.begin()->first + 1;
        open_.erase(open_.begin());
    }
    if (open_.empty()) due_ms_ = now_ms;
}

std::optional<Call> Session::farewell() const {
    if (!settings_.polls || cursor_ == confirmed_ || is_stopped()) return std::nullopt;
    return make_call("getUpdates", {{"offset", cursor_}, {"limit", 1}, {"timeout", 0}}, true);
}

// Of many one after the other the first is when it has begun to be well.
void Session::succeeded(std::int64_t now_ms) {
    if (!is_well_) reconnect_.connected(now_ms);
    is_well_ = true;
    trouble_.clear();
}

void Session::failed(const Reply& reply, std::int64_t now_ms) {
    const int error = reply.error();
    const bool is_unknown = error == kNotFound && !reply.answer.description.empty();
    if (error == kUnauthorized || is_unknown) {
        trouble_ = "the server does not know the token; it is not tried again before the adapter is configured anew (" +
                   reply.text + ")";
        return reconnect_.stop(trouble_);
    }
    if (error == kConflict) {
        ++conflicts_;
        return fail(conflict_of(reply.answer.description) + " (" + reply.text + ")", now_ms, kConflictPauseMs);
    }
    const std::int64_t retry_after_s = std::clamp<std::int64_t>(reply.answer.retry_after_s.value_or(0), 0, 86'400);
    fail(reply.text, now_ms, retry_after_s * 1'000);
}

void Session::fail(const std::string& why, std::int64_t now_ms, std::int64_t at_least_ms) {
    trouble_ = why;
    is_well_ = false;
    reconnect_.failed(now_ms, chance(), at_least_ms);
}

}  // namespace millrace::chat::telegram
