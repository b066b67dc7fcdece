#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/durability.hpp"
#include "gateway/core/gateway.hpp"
#include "gateway/core/latch.hpp"
#include "gateway/core/spool.hpp"

// The spool's place in the life of the gateway: it is opened before anything enters, what it holds from before is taken
// up again, and it is looked after while the gateway runs.
namespace millrace {
namespace {

constexpr std::size_t kLanesAtOnce = 256;
constexpr std::int64_t kTend_us = 1'000'000;
constexpr std::uint32_t kCrashesMax = 2;
constexpr std::int64_t kWakeWait_ms = 1'000;
constexpr std::int64_t kStartWait_ms = 10'000;

// Has the spool answer a question from another thread than a loop's. Nothing where it does not within `within_ms`: a
// disk that is full is asked again meanwhile, and a request that is done later finds nobody.
template <class Found> class Inquiry final : public spool::Request {
  public:
    using Ask = std::function<Found(spool::Store&)>;

    static std::optional<Found> ask(spool::Spool& spool, std::int64_t within_ms, Ask ask) {
        const auto answer = std::make_shared<Answer>();
        spool.submit(new Inquiry(std::move(ask), answer));
        for (std::int64_t waited_ms = 0; waited_ms < within_ms; waited_ms += kTend_us / 1000) {
            if (answer->is_done.wait_ms(std::min(within_ms, kTend_us / 1000))) {
                if (!answer->is_committed) return std::nullopt;
                return std::move(answer->found);
            }
            spool.tend();
        }
        return std::nullopt;
    }

    void apply(spool::Store& store) override { answer_->found = ask_(store); }
    void finished() override {
        answer_->is_committed = outcome == Outcome::committed;
        answer_->is_done.count_down();
        delete this;
    }
    void arrive() override {}

  private:
    struct Answer {
        Latch is_done{1};
        bool is_committed = false;
        Found found{};
    };

    Inquiry(Ask ask, std::shared_ptr<Answer> answer) : ask_(std::move(ask)), answer_(std::move(answer)) {}

    const Ask ask_;
    const std::shared_ptr<Answer> answer_;
};

using Lanes = std::vector<spool::Busy>;

Error no_answer(const spool::Spool& spool) {
    const std::string broken = spool.broken();
    return Error{broken.empty() ? "cannot take up again what is spooled: its disk is full; make room there" : broken};
}

bool has_durable_route(const Config& config) {
    return std::ranges::count(config.routes, DeliveryClass::durable, &RouteConfig::delivery) != 0;
}

spool::Settings settings_of(const SpoolConfig& config, std::string directory) {
    const auto signed_of = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    spool::Settings settings;
    settings.directory = std::move(directory);
    settings.limits = {signed_of(config.messages), signed_of(config.bytes), signed_of(config.age_ms) * 1000,
                       signed_of(config.free_bytes)};
    settings.keeping = {signed_of(config.duplicates_age_ms) * 1000, signed_of(config.duplicates),
                        signed_of(config.letters_age_ms) * 1000, signed_of(config.letters_bytes)};
    return settings;
}

// One that was handled when the process died. What has crashed it before is not tried again.
void blame(spool::Store& store, const Suspect& suspect, int signal, bool is_guilty, std::int64_t now_us) {
    const auto lane = store.lanes().read(suspect.lane, now_us);
    const auto delivery = lane ? store.deliveries().read(suspect.lane, suspect.position, now_us) : std::nullopt;
    if (!delivery) return;
    spool::Ending ending{suspect.position, spool::Ending::Kind::retry, now_us, {}};
    ending.why.text = "the process ended while it was handled";
    if (is_guilty) {
        ending.why.text =
            fmt::format("the process was ended by signal {} ({}) in its handler", signal, ::strsignal(signal));
        ending.why.reason = "consumer_crash";
        ending.why.hash = suspect.hash;
        const bool is_last = delivery->crashes + 1 >= kCrashesMax;
        ending.kind = is_last ? spool::Ending::Kind::dead : spool::Ending::Kind::crashed;
        log::error(suspect.plugin, "{}{}", ending.why.text, is_last ? ": the message is a dead letter" : "");
    }
    spool::Conclusion conclusion;
    conclusion.lane = lane->id;
    conclusion.epoch = lane->epoch;
    conclusion.seq = lane->seq;
    conclusion.endings.push_back(std::move(ending));
    store.conclude(conclusion);
}

}  // namespace

Result<void> Gateway::open_spool(const Config& config) {
    const std::string directory = config.state_dir + "/spool";
    std::error_code error;
    if (pipeline_.spool()) return {};
    if (!has_durable_route(config) && !std::filesystem::exists(directory + "/spool.db", error)) return {};
    std::filesystem::create_directory(directory, error);
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
    auto opened = spool::Spool::open(settings_of(config.spool, directory), pipeline_.clock);
    if (!opened) return opened.error();
    auto journal = PoisonJournal::open(directory + "/journal");
    if (!journal) return journal.error();
    pipeline_.journal.emplace(std::move(*journal));
    if (auto blamed = blame(**opened); !blamed) return blamed;
    pipeline_.journal->begin();
    pipeline_.set_spool(std::move(*opened));
    return {};
}

Result<void> Gateway::blame(spool::Spool& spool) {
    const PoisonJournal::Last& last = pipeline_.journal->last();
    if (last.suspects.empty()) return {};
    const bool is_known = std::ranges::any_of(last.suspects, &Suspect::is_culprit);
    const auto now_us = pipeline_.clock.now_us();
    const auto blamed = Inquiry<bool>::ask(spool, kStartWait_ms, [last, is_known, now_us](spool::Store& store) {
        for (const Suspect& suspect : last.suspects) {
            const bool is_guilty = last.signal != 0 && (suspect.is_culprit || !is_known);
            millrace::blame(store, suspect, last.signal, is_guilty, now_us);
        }
        return true;
    });
    if (!blamed) return no_answer(spool);
    return {};
}

Result<void> Gateway::restore() {
    spool::Spool* const spool = pipeline_.spool();
    if (!spool) return {};
    std::int64_t after = 0;
    for (;;) {
        const auto found = Inquiry<Lanes>::ask(
            *spool, kStartWait_ms, [after](spool::Store& store) { return store.busy_lanes(after, kLanesAtOnce); });
        if (!found) return no_answer(*spool);
        for (const spool::Busy& each : *found) restore(each);
        if (found->size() < kLanesAtOnce) return {};
        after = found->back().lane.id;
    }
}

void Gateway::restore(const spool::Busy& found) {
    if (found.lane.consumer.empty()) return bury(found.lane.id);
    ConsumerHost* consumer = current_consumer(found.lane.consumer);
    if (!consumer) {
        log::limited(log::Level::warn, "spool", "what is spooled for the consumer {} waits: there is none of that name",
                     found.lane.consumer);
        return;
    }
    if (found.lane.scope.starts_with(consumer->name() + ":")) {
        const PortPtr channel =
            pipeline_.ports.channel(*consumer, found.lane.scope.substr(consumer->name().size() + 1));
        if (!channel) return;
        Dispatcher& home = *channel->place.home;
        static_cast<void>(home.loop().post([&home, channel] { home.durability().reopen(channel); }));
        return;
    }
    if (!found.head) return;  // Its timers wait for its next opening.
    const std::vector<Dispatcher*> loops = loops_of(host_loops_.host());
    Dispatcher& home = *loops[static_cast<std::size_t>(found.lane.id) % loops.size()];
    RestoredLanes& restored = pipeline_.restored;
    restored.add(found.lane.scope, found.lane.consumer);
    const bool is_posted = home.loop().post([&home, &restored, found, consumer] {
        const bool is_open = home.durability().restore(found, *consumer);
        if (!is_open) restored.remove(found.lane.scope, found.lane.consumer);
    });
    if (!is_posted) restored.remove(found.lane.scope, found.lane.consumer);
}

// Who was to get what is on it nobody knows: a person may say.
void Gateway::bury(std::int64_t lane) {
    struct Portion {
        std::size_t buried = 0;
        bool is_last = false;
    };
    const auto ask = [lane, now_us = pipeline_.clock.now_us()](spool::Store& store) {
        spool::Conclusion conclusion;
        conclusion.lane = lane;
        const spool::Page page = store.page(lane, 0, kLanesAtOnce, SIZE_MAX);
        for (const auto& [delivery, message] : page.entries) {
            conclusion.endings.push_back({delivery.position,
                                          spool::Ending::Kind::dead,
                                          0,
                                          {"damaged", 0, "the row that said whose it was is damaged", {}, {}}});
        }
        for (const spool::Timer& timer : store.lanes().timers(lane, now_us)) conclusion.stopped.push_back(timer.name);
        store.conclude(conclusion);
        return Portion{page.entries.size(), page.entries.size() + page.damaged < kLanesAtOnce};
    };
    std::size_t buried = 0;
    for (bool is_last = false; !is_last;) {
        const auto portion = Inquiry<Portion>::ask(*pipeline_.spool(), kStartWait_ms, ask);
        if (!portion) break;
        buried += portion->buried;
        is_last = portion->is_last;
    }
    if (buried == 0) return;
    log::error("spool", "{} messages of a lane whose row is damaged are dead letters: `millrace dlq` has them", buried);
}

void Gateway::wake_lanes(const std::vector<std::int64_t>& lanes) {
    std::lock_guard lock(wakes_mutex_);
    wakes_.insert(lanes.begin(), lanes.end());
}

// What is not read by a loop is restored. A loop that does not answer may read it: then all are asked again later.
void Gateway::wake_lanes() {
    struct Search {
        std::mutex mutex;
        std::set<std::int64_t> lanes;
        std::set<std::int64_t> ending;
    };
    const auto search = std::make_shared<Search>();
    std::set<std::int64_t> lanes;
    {
        std::lock_guard lock(wakes_mutex_);
        lanes = std::exchange(wakes_, {});
    }
    if (lanes.empty()) return;
    const auto later = [this](const std::set<std::int64_t>& these) {
        std::lock_guard lock(wakes_mutex_);
        wakes_.insert(these.begin(), these.end());
    };
    search->lanes = lanes;
    const bool is_done = ask_all(kWakeWait_ms, [search](Dispatcher& dispatcher, auto done) {
        {
            std::lock_guard lock(search->mutex);
            dispatcher.durability().wake(search->lanes, search->ending);
        }
        done();
    });
    if (!is_done) return later(lanes);
    const auto found =
        Inquiry<Lanes>::ask(*pipeline_.spool(), kWakeWait_ms, [unread = search->lanes](spool::Store& store) {
            Lanes busy;
            for (const std::int64_t lane : unread) {
                auto next = store.busy_lanes(lane - 1, 1);
                if (!next.empty() && next.front().lane.id == lane) busy.push_back(std::move(next.front()));
            }
            return busy;
        });
    if (!found) return later(lanes);
    for (const spool::Busy& each : *found) restore(each);
    later(search->ending);
}

// A portion of them at a tick.
void Gateway::wake_all_lanes() {
    if (woken_after_ < 0) return;
    const auto found = Inquiry<Lanes>::ask(
        *pipeline_.spool(), kWakeWait_ms,
        [after = woken_after_](spool::Store& store) { return store.busy_lanes(after, kLanesAtOnce); });
    if (!found) return;
    std::vector<std::int64_t> lanes;
    for (const spool::Busy& each : *found) lanes.push_back(each.lane.id);
    wake_lanes(lanes);
    woken_after_ = found->size() < kLanesAtOnce ? -1 : lanes.back();
}

std::string Gateway::spool_refusal() const {
    const spool::Spool* const spool = pipeline_.spool();
    if (!spool) return {};
    if (std::string broken = spool->broken(); !broken.empty()) return broken;
    const spool::Refusal refusal = spool->room().refusal();
    if (refusal == spool::Refusal::none) return {};
    return fmt::format("the spool is full ({})", spool::kRefusalNames[static_cast<std::size_t>(refusal)]);
}

void Gateway::tend_spool() {
    spool::Spool* const spool = pipeline_.spool();
    if (!spool) return;
    const auto now_us = pipeline_.clock.steady_us();
    if (now_us - tended_us_ >= kTend_us) {
        tended_us_ = now_us;
        spool->tend();
    }
    if (!spool->broken().empty()) return;
    wake_all_lanes();
    wake_lanes();
    std::uint64_t refused = 0;
    for (std::size_t i = 0; i < spool::kRefusalNames.size(); ++i) {
        refused += spool->room().refused(static_cast<spool::Refusal>(i));
    }
    if (std::exchange(refused_, refused) == refused) return;
    for (Dispatcher* loop : pipeline_.loops.all()) {
        static_cast<void>(loop->loop().post([loop] { loop->durability().room_again(); }));
    }
}

}  // namespace millrace
