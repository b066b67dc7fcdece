#include "adapters/chat/slack/directory.hpp"

#include "adapters/common/json.hpp"
#include "adapters/common/timer_wheel.hpp"

namespace millrace::chat::slack {
namespace {

constexpr std::int64_t kAgainMs = 60'000;  // After Slack could not tell.

std::string_view first_of(std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) {
        if (!text.empty()) return text;
    }
    return {};
}

std::string_view name_in(Method method, const JsonView& body) {
    if (method == Method::conversation_info) return body["channel"]["name"].text();
    const JsonView profile = body["user"]["profile"];
    return first_of({profile["display_name"].text(), profile["real_name"].text(), body["user"]["real_name"].text(),
                     body["user"]["name"].text()});
}

}  // namespace

std::string_view Directory::name_of(const Table& table, std::string_view id) {
    const auto found = table.entries.find(std::string(id));
    return found == table.entries.end() ? std::string_view() : std::string_view(found->second.name);
}

Directory::Entry& Directory::entry_of(Table& table, const std::string& id) {
    const auto [it, is_new] = table.entries.try_emplace(id);
    if (is_new) {
        table.by_age.push_back(id);
        for (; table.by_age.size() > kNamesMax; table.by_age.pop_front()) table.entries.erase(table.by_age.front());
    }
    return it->second;
}

bool Directory::has(Table& table, Method method, std::string_view id, std::int64_t now_ms) {
    if (!is_asked_ || table.is_refused || id.empty()) return true;
    const std::string key(id);
    Entry& entry = entry_of(table, key);
    const bool is_old = !entry.is_known || now_ms - entry.at_ms > kKeptMs;
    if (is_old && !entry.is_under_way) entry.is_under_way = ask(table, method, key, now_ms);
    return entry.is_known || !entry.is_under_way;
}

bool Directory::ask(Table& table, Method method, const std::string& id, std::int64_t now_ms) {
    if (limits_.ready_at(method, now_ms) > now_ms) return false;
    const char* key = method == Method::user_info ? "user" : "channel";
    const bool is_taken = client_.call({method, {{key, id}}}, [this, &table, method, id](const ApiAnswer& answer) {
        take(table, method, id, answer);
    });
    if (is_taken) limits_.take(method);
    return is_taken;
}

void Directory::take(Table& table, Method method, const std::string& id, const ApiAnswer& answer) {
    const std::int64_t now_ms = steady_ms();
    Entry& entry = entry_of(table, id);
    entry.is_under_way = false;
    entry.is_known = true;
    entry.at_ms = now_ms;
    if (answer.fate == Fate::sent)
        entry.name = name_in(method, JsonView(answer.body));
    else if (answer.fate != Fate::rejected)
        entry.at_ms = now_ms - kKeptMs + kAgainMs;
    if (answer.error == "missing_scope") table.is_refused = true;
    if (answer.is_limited) limits_.hold(method, now_ms + answer.wait_ms);
    told_();
}

void Directory::set_room(std::string_view id, std::string_view name, std::int64_t now_ms) {
    if (!is_asked_) return;
    Entry& entry = entry_of(rooms_, std::string(id));
    entry.name = name;
    entry.is_known = true;
    entry.at_ms = now_ms;
}

}  // namespace millrace::chat::slack
