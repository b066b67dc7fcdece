// The spool alone: durable messages a second through T1 and T2, and a backlog that is filled and drained. Each run
// prints one JSON line.
#include "gateway/core/spool.hpp"

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <semaphore>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace millrace;
using Watch = std::chrono::steady_clock;

double seconds_since(Watch::time_point begin) { return std::chrono::duration<double>(Watch::now() - begin).count(); }

long rss_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
    }
    return 0;
}

struct Load {
    std::string directory;
    long messages = 200'000;
    long payload_bytes = 64;
    int lanes = 50;
    int batch = 1;          // Messages in one request.
    int outstanding = 512;  // Requests that have no answer yet.
};

const std::string kFields(60, 'f');
const std::string kPrefix(100, 'p');

// One lane's requests: a batch is accepted, and when that is on the disk its deliveries are concluded.
class Flow final : public spool::Request {
  public:
    Flow(spool::Spool& spool, const Load& load, int lane, std::atomic<long>& left, std::counting_semaphore<>& done)
        : spool_(spool), load_(load), left_(left), done_(done) {
        arrivals_.resize(static_cast<std::size_t>(load.batch));
        for (auto& arrival : arrivals_) {
            arrival.message.adapter = "web";
            arrival.message.route = "all";
            arrival.message.fields = kFields;
            arrival.message.payload.assign(static_cast<std::size_t>(load.payload_bytes), 'x');
            arrival.message.created_us = 1'700'000'000'000'000;
            arrival.to.resize(1);
            arrival.to[0].lane.consumer = "echo";
            arrival.to[0].lane.scope = "web:" + std::to_string(lane);
            arrival.to[0].lane.prefix = kPrefix;
        }
        conclusion_.endings.resize(arrivals_.size());
    }

    bool next() {
        if (left_.fetch_sub(load_.batch) <= 0) return done_.release(), false;
        is_accepting_ = true;
        room = {load_.batch, load_.batch * static_cast<long>(kFields.size() + arrivals_[0].message.payload.size())};
        if (spool_.room().take(room) != spool::Refusal::none) std::abort();
        spool_.submit(this);
        return true;
    }

    void apply(spool::Store& store) override {
        if (!is_accepting_) return store.conclude(conclusion_);
        for (auto& arrival : arrivals_) {
            arrival.to[0].lane.id = conclusion_.lane;
            store.accept(arrival);
            if (conclusion_.lane == 0) conclusion_.lane = arrival.to[0].lane.id;
        }
    }

    void finished() override {
        if (outcome != Outcome::committed) std::abort();
        if (!std::exchange(is_accepting_, false)) {
            next();
            return;
        }
        for (std::size_t i = 0; i < arrivals_.size(); ++i)
            conclusion_.endings[i].position = arrivals_[i].to[0].position;
        conclusion_.seq += arrivals_.size();
        room = {};
        spool_.submit(this);
    }

    void arrive() override {}

  private:
    spool::Spool& spool_;
    const Load& load_;
    std::atomic<long>& left_;
    std::counting_semaphore<>& done_;
    std::vector<spool::Arrival> arrivals_;
    spool::Conclusion conclusion_;
    bool is_accepting_ = true;
};

std::unique_ptr<spool::Spool> open(const Load& load) {
    std::filesystem::remove_all(load.directory);
    auto opened = spool::Spool::open({.directory = load.directory}, system_clock());
    if (!opened) {
        std::fprintf(stderr, "%s\n", opened.error().text.c_str());
        std::exit(1);
    }
    return std::move(*opened);
}

void through(const Load& load) {
    auto spool = open(load);
    std::atomic<long> left{load.messages};
    std::counting_semaphore<> done(0);
    std::vector<std::unique_ptr<Flow>> flows;
    for (int i = 0; i < load.outstanding; ++i) {
        flows.push_back(std::make_unique<Flow>(*spool, load, i % load.lanes, left, done));
    }
    const auto begin = Watch::now();
    for (auto& flow : flows) flow->next();
    for (int i = 0; i < load.outstanding; ++i) done.acquire();
    const double took_s = seconds_since(begin);
    long groups = 0;
    for (std::size_t n = 0; n < spool::Histogram::kClasses; ++n)
        groups += static_cast<long>(spool->group_size().count(n));
    std::printf(
        "{\"run\": \"spool\", \"messages_s\": %.0f, \"groups\": %ld, \"payload\": %ld, \"batch\": %d, "
        "\"outstanding\": %d}\n",
        static_cast<double>(load.messages) / took_s, groups, load.payload_bytes, load.batch, load.outstanding);
}

// Accepts without concluding, then reads page after page of each lane and concludes it.
class Backlog {
  public:
    explicit Backlog(const Load& load) : load_(load), spool_(open(load)) {}

    void measure() {
        auto begin = Watch::now();
        long filled = 0;
        for (long step = 0; filled < load_.messages; ++step) {
            fill();
            filled += kBatch;
            if (filled % 1'000'000 == 0)
                std::printf("{\"run\": \"fill\", \"messages\": %ld, \"rss_kib\": %ld}\n", filled, rss_kib());
        }
        wait();
        const double fill_s = seconds_since(begin);
        begin = Watch::now();
        std::atomic<long> drained{0};
        std::counting_semaphore<> done(0);
        std::vector<std::unique_ptr<Drain>> drains;
        for (const Lane& lane : lanes_) drains.push_back(std::make_unique<Drain>(*spool_, lane.id, drained, done));
        for (auto& drain : drains) spool_->submit(drain.get());
        for (std::size_t i = 0; i < lanes_.size(); ++i) done.acquire();
        const double drain_s = seconds_since(begin);
        std::printf(
            "{\"run\": \"backlog\", \"messages\": %ld, \"drained\": %ld, \"ingest_s\": %.0f, \"drain_s\": %.0f, "
            "\"left\": %ld, \"rss_kib\": %ld}\n",
            filled, drained.load(), static_cast<double>(filled) / fill_s, static_cast<double>(drained.load()) / drain_s,
            static_cast<long>(spool_->deliveries()), rss_kib());
    }

  private:
    static constexpr long kBatch = 200;

    struct Lane {
        std::int64_t id = 0;
    };

    // Concludes a page of one lane and reads the next.
    class Drain final : public spool::Request {
      public:
        Drain(spool::Spool& spool, std::int64_t lane, std::atomic<long>& drained, std::counting_semaphore<>& done)
            : spool_(spool), drained_(drained), done_(done) {
            conclusion_.lane = lane;
        }
        void apply(spool::Store& store) override {
            if (!conclusion_.endings.empty()) store.conclude(conclusion_);
            page_ = store.page(conclusion_.lane, position_, 64, 1 << 20);
        }
        void finished() override {
            if (outcome != Outcome::committed) std::abort();
            if (page_.entries.empty()) return done_.release();
            conclusion_.endings.clear();
            for (const auto& entry : page_.entries) conclusion_.endings.push_back({entry.delivery.position, {}, 0, {}});
            conclusion_.seq += page_.entries.size();
            position_ = page_.entries.back().delivery.position;
            drained_ += static_cast<long>(page_.entries.size());
            spool_.submit(this);
        }
        void arrive() override {}

      private:
        spool::Spool& spool_;
        std::atomic<long>& drained_;
        std::counting_semaphore<>& done_;
        spool::Conclusion conclusion_;
        spool::Page page_;
        std::int64_t position_ = 0;
    };

    template <class Call> class Done final : public spool::Request {
      public:
        Done(Call call, std::counting_semaphore<>& free) : call_(std::move(call)), free_(free) {}
        void apply(spool::Store& store) override { call_(store); }
        void finished() override {
            if (outcome != Outcome::committed) std::abort();
            free_.release();
            delete this;
        }
        void arrive() override {}

      private:
        Call call_;
        std::counting_semaphore<>& free_;
    };

    template <class Call> void submit(Call call) {
        free_.acquire();
        spool_->submit(new Done<Call>(std::move(call), free_));
    }
    void wait() {
        for (int i = 0; i < kOutstanding; ++i) free_.acquire();
        free_.release(kOutstanding);
    }

    void fill() {
        submit([this](spool::Store& store) {
            for (long i = 0; i < kBatch; ++i) {
                Lane& lane = lanes_[static_cast<std::size_t>(i) % lanes_.size()];
                spool::Arrival arrival;
                arrival.message.adapter = "web";
                arrival.message.route = "all";
                arrival.message.fields = kFields;
                arrival.message.payload.assign(static_cast<std::size_t>(load_.payload_bytes), 'x');
                arrival.to.resize(1);
                arrival.to[0].lane.id = lane.id;
                arrival.to[0].lane.consumer = "echo";
                arrival.to[0].lane.scope = "web:" + std::to_string(static_cast<std::size_t>(i) % lanes_.size());
                arrival.to[0].lane.prefix = kPrefix;
                store.accept(arrival);
                lane.id = arrival.to[0].lane.id;
            }
        });
    }

    static constexpr int kOutstanding = 64;

    const Load& load_;
    std::unique_ptr<spool::Spool> spool_;
    std::counting_semaphore<> free_{kOutstanding};
    std::vector<Lane> lanes_ = std::vector<Lane>(static_cast<std::size_t>(load_.lanes));
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr,
                     "usage: spool through|backlog DIRECTORY [MESSAGES [PAYLOAD [BATCH [OUTSTANDING [LANES]]]]]\n");
        return 2;
    }
    Load load;
    load.directory = std::string(argv[2]) + "/bench-spool";
    if (argc > 3) load.messages = std::stol(argv[3]);
    if (argc > 4) load.payload_bytes = std::stol(argv[4]);
    if (argc > 5) load.batch = std::stoi(argv[5]);
    if (argc > 6) load.outstanding = std::stoi(argv[6]);
    if (argc > 7) load.lanes = std::stoi(argv[7]);
    if (argv[1] == std::string_view("backlog")) {
        Backlog(load).measure();
    } else {
        through(load);
    }
    std::filesystem::remove_all(load.directory);
    return 0;
}
