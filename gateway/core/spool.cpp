#include "gateway/core/spool.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "gateway/base/log.hpp"

namespace millrace::spool {
namespace {

constexpr std::size_t kGroupRequests = 1024;   // A larger group would make those in it wait for each other
constexpr std::int64_t kGroupBytes = 8 << 20;  // longer than for the disk.

}  // namespace

Histogram::Counts Histogram::counts() const {
    Counts counts;
    for (std::size_t n = 0; n < kClasses; ++n) counts.of[n] = count(n);
    counts.sum = sum();
    return counts;
}

void Histogram::add(std::uint64_t value) {
    const auto index = std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(value)), kClasses - 1);
    counts_[index].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

class Spool::Tending final : public Request {
  public:
    explicit Tending(Spool& spool) : spool_(spool) {}

    void apply(Store& store) override {
        has_more_ = store.prune(spool_.settings_.keeping);
        oldest_us_ = store.messages().oldest_us();
        damaged_ = store.damage().count();
    }

    void finished() override {
        if (outcome == Outcome::committed) {
            spool_.oldest_us_.store(oldest_us_, std::memory_order_relaxed);
            spool_.damaged_.store(damaged_, std::memory_order_relaxed);
            spool_.room_.look(oldest_us_, spool_.clock_.now_us());
        }
        const bool goes_on = has_more_ && outcome == Outcome::committed && !spool_.is_stopping_.load();
        if (goes_on) return spool_.submit(this);
        is_under_way.store(false, std::memory_order_release);
    }

    void arrive() override {}

    std::atomic<bool> is_under_way{false};

  private:
    Spool& spool_;
    bool has_more_ = false;
    std::int64_t oldest_us_ = 0;
    std::int64_t damaged_ = 0;
};

Result<std::unique_ptr<Spool>> Spool::open(Settings settings, const Clock& clock) {
    auto store = Store::open(settings.directory, clock);
    if (!store) return store.error();
    return std::unique_ptr<Spool>(new Spool(std::move(settings), clock, std::move(*store)));
}

Spool::Spool(Settings settings, const Clock& clock, std::unique_ptr<Store> store)
    : settings_(std::move(settings)), clock_(clock), store_(std::move(store)),
      room_(settings_.directory, settings_.limits), tending_(std::make_unique<Tending>(*this)) {
    room_.set_stored(store_->facts().totals);
    deliveries_.store(store_->facts().totals.deliveries);
    writer_ = std::thread([this] { run(); });
    tend();
}

Spool::~Spool() {
    is_stopping_.store(true);
    wake();
    writer_.join();
}

void Spool::wake() {
    wakes_.fetch_add(1, std::memory_order_release);
    wakes_.notify_one();
}

void Spool::submit(Request* request) {
    if (inbox_.push(request) == Inbox::Pushed::first) wake();
}

void Spool::tend() {
    if (!tending_->is_under_way.exchange(true, std::memory_order_acquire)) {
        submit(tending_.get());
    } else {
        wake();
    }
}

std::string Spool::broken() const {
    std::lock_guard lock(broken_mutex_);
    return broken_;
}

void Spool::run() {
    for (;;) {
        const auto seen = wakes_.load(std::memory_order_acquire);
        const bool is_last = is_stopping_.load();
        bool goes_on = true;
        while (goes_on) {
            for (Job* job = inbox_.take(); job; job = std::exchange(job->next, nullptr)) {
                waiting_.push_back(static_cast<Request*>(job));
            }
            goes_on = !waiting_.empty() && run_group();
        }
        if (is_last) break;
        wakes_.wait(seen, std::memory_order_acquire);
    }
    finish_group(waiting_.size(), Request::Outcome::broken);
}

// How many of those that wait are in it.
std::size_t Spool::take_group() {
    std::size_t size = 0;
    std::int64_t bytes = 0;
    while (size < waiting_.size() && size < kGroupRequests && bytes < kGroupBytes) {
        Request& request = *waiting_[size++];
        bytes += request.room.bytes;
        request.apply(*store_);
        if (store_->database().fault()) break;
    }
    return size;
}

// Whether there is reason to go on at once.
bool Spool::run_group() {
    if (is_broken_.load(std::memory_order_relaxed)) {
        finish_group(waiting_.size(), Request::Outcome::broken);
        return false;
    }
    const auto began_us = clock_.steady_us();
    store_->begin();
    const std::size_t size = take_group();
    auto fault = store_->commit();
    if (!fault) {
        room_.set_stored(store_->facts().totals);
        deliveries_.store(store_->facts().totals.deliveries, std::memory_order_relaxed);
        letters_.store(store_->dead_letters().total().letters, std::memory_order_relaxed);
        commit_us_.add(static_cast<std::uint64_t>(clock_.steady_us() - began_us));
        group_size_.add(size);
        finish_group(size, Request::Outcome::committed);
        fault = store_->checkpoint();
        if (!fault) return true;
    }
    if (fault->kind != Fault::Kind::full) {
        break_down(*fault);
        return true;
    }
    room_.set_disk_full();
    const auto before = waiting_.size();
    refuse_intake(size);
    return waiting_.size() != before;
}

void Spool::finish_group(std::size_t size, Request::Outcome outcome) {
    for (; size > 0; --size) {
        Request* request = waiting_.front();
        waiting_.pop_front();
        request->outcome = outcome;
        room_.give(request->room);
        request->finished();
    }
}

void Spool::refuse_intake(std::size_t size) {
    std::vector<Request*> refused;
    for (std::size_t i = 0; i < size; ++i) {
        if (waiting_[i]->is_intake()) refused.push_back(waiting_[i]);
    }
    std::erase_if(waiting_, [&](Request* request) { return std::ranges::count(refused, request) > 0; });
    for (Request* request : refused) {
        request->outcome = Request::Outcome::refused;
        room_.give(request->room);
        request->finished();
    }
}

void Spool::break_down(const Fault& fault) {
    {
        std::lock_guard lock(broken_mutex_);
        broken_ = "the spool cannot be trusted any more, so nothing is accepted; it is opened anew by a restart: " +
                  fault.text;
        log::error("spool", "{}", broken_);
    }
    room_.set_broken();
    is_broken_.store(true);
}

}  // namespace millrace::spool
