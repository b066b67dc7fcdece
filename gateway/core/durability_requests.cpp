#include "gateway/core/durability_requests.hpp"

namespace millrace {

void Durability::Handover::arrive() {
    const std::unique_ptr<Handover> self(this);
    Dispatcher& home = *channel->place.home;
    home.durability().reopen(channel);
    home.arrived_.add();
}

void Durability::Handovers::add(Durability& from, const PortPtr& channel) {
    for (const auto& each : all) {
        if (each->channel == channel) return;
    }
    from.dispatcher_.departed_.add();
    all.push_back(std::make_unique<Handover>(channel));
}

void Durability::Handovers::post() {
    for (auto& each : all) {
        if (each->channel->place.home->loop().post(each.get())) static_cast<void>(each.release());
    }
    std::erase(all, nullptr);
}

void Durability::Errand::finished() {
    if (outcome == Outcome::committed) handovers.post();
    if (home.dispatcher_.loop().post(static_cast<Job*>(this))) return;
    home.dispatcher_.arrived_.add(1 + handovers.all.size());
    delete this;
}

void Durability::Errand::arrive() {
    const std::unique_ptr<Errand> self(this);
    done();
    home.dispatcher_.arrived_.add(1 + handovers.all.size());
}

void Durability::Acceptance::apply(spool::Store& store) {
    const Item* first = nullptr;
    for (Item& item : items) {
        if (item.is_first) first = &item;
        if (first->arrival.answer && &item != first) {
            item.arrival.answer = first->arrival.answer;
        } else {
            store.accept(item.arrival);
        }
    }
}

void Durability::Reading::apply(spool::Store& store) {
    page = store.page(lane, position, kEntries, kBytes);
    is_whole = page.entries.size() + page.damaged < kEntries;
    std::size_t bytes = 0;
    for (const auto& [delivery, message] : page.entries) bytes += message.size();
    is_whole = is_whole && bytes < kBytes;
    const auto is_next_scopes = [this](const auto& entry) { return entry.delivery.position > last; };
    is_whole |= std::erase_if(page.entries, is_next_scopes) != 0;
}

void Durability::Departing::apply(spool::Store& store) {
    rows.clear();
    last = after;
    std::size_t bytes = 0;
    for (std::size_t seen = 0; !is_whole && rows.size() < kRows && seen < kRowsSeen && bytes < kBytes; seen += kStep) {
        std::vector<spool::Command> found = store.commands(last, kStep);
        is_whole = found.empty();
        for (spool::Command& row : found) {
            if (bytes >= kBytes) return;
            last = row.id;
            if (!row.target.starts_with(adapter)) continue;
            bytes += row.bytes.size();
            rows.push_back(std::move(row));
        }
    }
}

}  // namespace millrace
