#include "gateway/core/spool_verify.hpp"

#include <fmt/format.h>

#include <utility>

namespace millrace::spool {
namespace {

using Part = Verification::Part;

void find(Verification& found, std::string finding) {
    ++found.wrong;
    found.findings.push_back(std::move(finding));
}

void find_fault(Store& store, Verification& found) {
    const auto& fault = store.database().fault();
    if (!fault) return;
    find(found, fault->text);
    found.part = Part::done;
}

// One portion. Each part says whether it has come to its end.
class Walk {
  public:
    Walk(Store& store, Verification& found, std::size_t count) : store_(store), found_(found), count_(count) {}

    void run() {
        switch (found_.part) {
            case Part::messages:
                return go_on(messages(), Part::deliveries);
            case Part::deliveries:
                return go_on(deliveries(), Part::letters);
            case Part::letters:
                return go_on(letters(), Part::commands);
            case Part::commands:
                return go_on(commands(), Part::lanes);
            case Part::lanes:
                found_.last = store_.lanes().check(found_.last, count_, 0);
                return go_on(found_.last == 0, Part::done);
            case Part::done:
                return;
        }
    }

  private:
    void go_on(bool is_end, Part next) {
        if (!is_end) return;
        found_.part = next;
        found_.last = 0;
    }

    bool messages() {
        const auto ids = store_.messages().ids_after(found_.last, count_);
        for (const auto id : ids) {
            if (store_.messages().read(id, 0)) ++found_.messages;
            if (store_.messages().exists(id) && !store_.messages().is_used(id)) {
                find(found_, fmt::format("message {} is on its way to nobody", id));
            }
        }
        if (!ids.empty()) found_.last = ids.back();
        return ids.empty();
    }

    bool deliveries() {
        Statement next(store_.database(),
                       "SELECT lane, position FROM deliveries WHERE (lane, position) > (?, ?)"
                       " ORDER BY lane, position LIMIT 1");
        for (std::size_t i = 0; i < count_; ++i) {
            if (!next.find(found_.last_lane, found_.last)) return true;
            found_.last_lane = next.integer(0);
            found_.last = next.integer(1);
            next.end();
            const auto delivery = store_.deliveries().read(found_.last_lane, found_.last, 0);
            if (!delivery) continue;
            if (store_.messages().exists(delivery->message_id)) {
                ++found_.deliveries;
            } else {
                find(found_, fmt::format("delivery {} of lane {} has no message", found_.last, found_.last_lane));
            }
        }
        return false;
    }

    bool letters() {
        const LetterPage page = store_.letters({}, found_.last, count_);
        for (const DeadLetter& letter : page.letters) {
            if (store_.messages().exists(letter.message.id)) {
                ++found_.letters;
            } else {
                find(found_, fmt::format("dead letter {} has no message", letter.id));
            }
        }
        if (page.last != 0) found_.last = page.last;
        return page.last == 0;
    }

    bool commands() {
        Statement next(store_.database(), "SELECT min(id) FROM outbox WHERE id > ?");
        for (std::size_t i = 0; i < count_; ++i) {
            const auto id = next.find(found_.last) ? next.integer(0) : 0;
            next.end();
            if (id == 0) return true;
            found_.last = id;
            const auto command = store_.commands(id - 1, 1);
            if (!command.empty()) ++found_.commands;
        }
        return false;
    }

    Store& store_;
    Verification& found_;
    const std::size_t count_;
};

std::int64_t count(Database& database, const std::string& table) {
    Statement statement(database, ("SELECT count(*) FROM " + table).c_str());
    return statement.find() ? statement.integer(0) : 0;
}

}  // namespace

void verify(Store& store, Verification& so_far, std::size_t count) {
    so_far.findings.clear();
    for (std::string& finding : store.inspect([&] { Walk(store, so_far, count).run(); })) {
        find(so_far, std::move(finding));
    }
    find_fault(store, so_far);
}

void verify_at_rest(Store& store, Verification& so_far) {
    so_far.findings.clear();
    Database& database = store.database();
    Statement pages(database, "PRAGMA integrity_check(100)");
    pages.query();
    while (pages.next()) {
        if (pages.bytes(0) != "ok") find(so_far, "SQLite: " + pages.text(0));
    }
    const auto compare = [&](const char* what, std::int64_t counted, std::int64_t known) {
        if (counted != known) find(so_far, fmt::format("{} {} are found, and {} are known", counted, what, known));
    };
    const Totals& totals = store.facts().totals;
    compare("messages and commands", count(database, "messages") + count(database, "outbox"), totals.messages);
    compare("deliveries", count(database, "deliveries"), totals.deliveries);
    compare("external ids", count(database, "duplicates"), totals.duplicates);
    const auto lost = count(database, "deliveries WHERE lane NOT IN (SELECT id FROM lanes)");
    if (lost != 0)
        find(so_far, fmt::format("{} deliveries have no lane: the next start makes them dead letters", lost));
    find_fault(store, so_far);
}

}  // namespace millrace::spool
