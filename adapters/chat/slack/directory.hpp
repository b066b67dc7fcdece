#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "adapters/chat/slack/method_limits.hpp"
#include "adapters/chat/slack/names.hpp"
#include "adapters/chat/slack/web_client.hpp"

// What persons and rooms are called: asked of Slack when somebody is first heard of, and again after an hour. Where
// Slack does not tell, the id is the name. Bounded. Thread: the adapter's loop.
namespace millrace::chat::slack {

class Directory final : public Names {
  public:
    static constexpr std::size_t kNamesMax = 20'000;
    static constexpr std::int64_t kKeptMs = 3'600'000;

    // `told`: something is known that was not.
    Directory(bool is_asked, WebClient& client, MethodLimits& limits, std::function<void()> told)
        : is_asked_(is_asked), client_(client), limits_(limits), told_(std::move(told)) {}

    std::string_view person(std::string_view id) const override { return name_of(persons_, id); }
    std::string_view room(std::string_view id) const override { return name_of(rooms_, id); }

    // Whether there is nothing to wait for. Where there is, Slack is asked.
    bool has_person(std::string_view id, std::int64_t now_ms) { return has(persons_, Method::user_info, id, now_ms); }
    bool has_room(std::string_view id, std::int64_t now_ms) {
        return has(rooms_, Method::conversation_info, id, now_ms);
    }

    // What Slack says by itself.
    void set_room(std::string_view id, std::string_view name, std::int64_t now_ms);

  private:
    struct Entry {
        std::string name{};
        std::int64_t at_ms = 0;
        bool is_known = false;  // Or it is known that it has none.
        bool is_under_way = false;
    };
    struct Table {
        std::unordered_map<std::string, Entry> entries{};
        std::deque<std::string> by_age{};
        bool is_refused = false;  // Slack does not tell this app.
    };

    static std::string_view name_of(const Table& table, std::string_view id);
    Entry& entry_of(Table& table, const std::string& id);
    bool has(Table& table, Method method, std::string_view id, std::int64_t now_ms);
    bool ask(Table& table, Method method, const std::string& id, std::int64_t now_ms);
    void take(Table& table, Method method, const std::string& id, const ApiAnswer& answer);

    const bool is_asked_;
    WebClient& client_;
    MethodLimits& limits_;
    const std::function<void()> told_;
    Table persons_;
    Table rooms_;
};

}  // namespace millrace::chat::slack
