#include "gateway/core/spool_verify.hpp"

#include <fmt/format.h>

#include <utility>

namespace millrace::spool {
namespace {

constexpr std::size_t kPage = 1000;

class Walk {
  public:
    explicit Walk(Store& store) : store_(store), known_damage_(store.damage().count()) {}

    Verification run() {
        pages();
        messages();
        deliveries();
        others();
        damage();
        const Totals& totals = store_.facts().totals;
        compare("messages", count("messages"), totals.messages);
        compare("deliveries", count("deliveries"), totals.deliveries);
        compare("external ids", count("duplicates"), totals.duplicates);
        if (store_.database().fault()) find(store_.database().fault()->text);
        return std::move(found_);
    }

  private:
    void find(std::string finding) {
        ++found_.wrong;
        if (found_.findings.size() < Verification::kFindingsMax) found_.findings.push_back(std::move(finding));
    }

    std::int64_t count(const std::string& table) {
        Statement statement(store_.database(), ("SELECT count(*) FROM " + table).c_str());
        return statement.find() ? statement.integer(0) : 0;
    }

    void compare(std::string_view what, std::int64_t counted, std::int64_t known) {
        if (counted != known) find(fmt::format("{} {} are found, and {} are known", counted, what, known));
    }

    void pages() {
        Statement statement(store_.database(), "PRAGMA integrity_check(100)");
        statement.query();
        while (statement.next()) {
            if (statement.bytes(0) != "ok") find("SQLite: " + statement.text(0));
        }
    }

    void messages() {
        std::int64_t last = 0;
        for (auto ids = store_.messages().ids_after(0, kPage); !ids.empty();
             ids = store_.messages().ids_after(last, kPage)) {
            for (const auto id : ids) {
                if (store_.messages().read(id, 0)) ++found_.messages;
            }
            last = ids.back();
        }
        Statement lost(store_.database(),
                       "SELECT id FROM messages WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE message = messages.id)"
                       " AND NOT EXISTS (SELECT 1 FROM dead_letters WHERE message = messages.id)");
        lost.query();
        while (lost.next()) find(fmt::format("message {} is on its way to nobody", lost.integer(0)));
    }

    void deliveries() {
        std::int64_t lane = INT64_MIN, position = INT64_MIN;
        Statement next(store_.database(),
                       "SELECT lane, position FROM deliveries WHERE (lane, position) > (?, ?)"
                       " ORDER BY lane, position LIMIT 1");
        while (next.find(lane, position)) {
            lane = next.integer(0);
            position = next.integer(1);
            next.end();
            const auto delivery = store_.deliveries().read(lane, position, 0);
            if (!delivery) continue;
            if (store_.messages().exists(delivery->message_id)) {
                ++found_.deliveries;
            } else {
                find(fmt::format("delivery {} of lane {} has no message", position, lane));
            }
        }
    }

    void others() {
        std::int64_t last = 0;
        for (auto letters = store_.letters({}, 0, kPage); !letters.empty(); letters = store_.letters({}, last, kPage)) {
            for (const auto& letter : letters) {
                if (store_.letter(letter.id)) ++found_.letters;
            }
            last = letters.back().id;
        }
        last = 0;
        for (auto commands = store_.commands(0, kPage); !commands.empty(); commands = store_.commands(last, kPage)) {
            found_.commands += static_cast<std::int64_t>(commands.size());
            last = commands.back().id;
        }
        store_.lanes().check(0);
    }

    // What the readers put aside is undone in the end; that they did is what was looked for.
    void damage() {
        const auto all = store_.damage().list();
        for (auto i = static_cast<std::size_t>(known_damage_); i < all.size(); ++i) find(all[i].what);
    }

    Store& store_;
    const std::int64_t known_damage_;
    Verification found_;
};

}  // namespace

Verification verify(Store& store) {
    store.begin();
    Verification found = Walk(store).run();
    store.roll_back();
    return found;
}

}  // namespace millrace::spool
