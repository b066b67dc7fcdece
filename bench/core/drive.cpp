#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <future>
#include <memory>
#include <millrace/adapter.hpp>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "bench/core/stamp.hpp"
#include "bench/quantiles.hpp"

// An adapter without an outside: opens scopes, submits messages to them, over and over, and measures. Everything behind
// its border is the gateway as it runs. Writes one JSON line into the file `result`.
//   echo    Each scope gets `batch` messages in its turn; after each `abreast` scopes all answers are waited for.
//   group   The first scope's message is to come to all scopes, then the next one leaves.
//   stamps  As echo, and says where the time went between the parts that can be seen from here.
namespace millrace::bench {
namespace {

constexpr std::int64_t kWarmUp_ns = 300'000'000;
constexpr std::size_t kPayloadBytes = 64;
constexpr const char* kDocument =
    R"({"id":"8f2c1d70","type":"order","site":"north-4","line":{"name":"filler","speed":118},"value":81.5,)"
    R"("unit":"C","severity":"high","tags":["plant","hot"],"at":"2026-01-01T00:00:00Z","note":"nothing to add"})";
constexpr std::size_t kAhead = 8;  // lines

struct Settings {
    std::int64_t scopes;
    std::int64_t batch;
    std::int64_t abreast;
    std::int64_t duration_ms;
    std::string work;
    std::string order;
    std::string path;
    std::string result;
    bool documents;

    static constexpr auto kKeys =
        keys(key("scopes", &Settings::scopes, {.min = 1, .max = 1'000'000}),
             key("batch", &Settings::batch, {.fallback = 1, .min = 1, .max = 1024}),
             key("abreast", &Settings::abreast, {.fallback = 1, .min = 1, .max = 1'000'000}),
             key("duration_ms", &Settings::duration_ms, {.min = 1}),
             key("work", &Settings::work, {.choices = {"echo", "group", "stamps"}}),
             key("order", &Settings::order, {.choices = {"opened", "shuffled"}}), key("path", &Settings::path, {}),
             key("result", &Settings::result, {}), key("documents", &Settings::documents, {.fallback = false}));
};

class Drive;

// Small, and one behind the other: what is measured is not this adapter's own memory.
struct Line final : Scope {
    explicit Line(Drive& drive) : drive(drive) {}

    void settled(const Answer& answer) override;
    void settled(std::uint64_t, std::uint32_t, std::uint32_t, std::string_view) override;
    void send(const Outgoing& command) override;
    void close(std::uint32_t, std::uint32_t, std::string_view) override {}
    void resume() override {}

    Drive& drive;
    millrace_id id = 0;
    std::uint64_t unwritten_bytes = 0;
    std::uint64_t due = 0;
};

// Where the time of a scope's last message went; 0: it has not come so far.
struct Trace {
    std::int64_t submitted_ns = 0;
    std::int64_t returned_ns = 0;
    std::int64_t sent_ns = 0;
    std::int64_t settled_ns = 0;
    Stamp stamp{};
};

class Drive final : public Adapter, public Loop {
  public:
    Drive(AdapterHost host, const Config& config) : host_(host) {
        read(config, settings_);
        is_group_ = settings_.work == "group";
        if (settings_.documents) payload_ = kDocument;
    }

    void start() override {
        std::promise<void> attached;
        auto is_attached = attached.get_future();
        thread_ = std::thread([this, &attached] {
            loop_ = host_.attach(*this);
            attached.set_value();
            if (!loop_) return;
            measure();
            while (!is_stopping_) wait();
            host_.detach(loop_);
        });
        is_attached.wait();
    }
    void retire() override {}
    void quiesce() override {}
    void stop(std::chrono::milliseconds) override {
        is_stopping_ = true;
        wake();
        thread_.join();
    }
    void wake() noexcept override {
        is_woken_.store(true);
        is_woken_.notify_one();
    }

    void on_open(bool is_accepted) {
        ++answered_;
        if (!is_accepted) host_.log(MILLRACE_LOG_ERROR, "a scope was refused");
    }

    void on_send(Line& line, const Outgoing& command) {
        line.unwritten_bytes += command.payload.size() + command.body.size();
        to_write_.push_back(&line);
        ++done_;
        if (is_group_ || --line.due == 0) --in_flight_;
        if (traces_.empty()) return;
        Trace& trace = trace_of(line);
        trace.stamp = Stamp::of(command.payload);
        trace.sent_ns = now_ns();
        if (trace.settled_ns != 0) note(trace);
    }

    void on_settled(Line& line) {
        if (traces_.empty()) return;
        Trace& trace = trace_of(line);
        trace.settled_ns = now_ns();
        if (trace.sent_ns != 0) note(trace);
    }

  private:
    struct Stages {
        Quantiles submit, to_handler, handler, commit, settle;
    };

    Trace& trace_of(const Line& line) { return traces_[static_cast<std::size_t>(&line - lines_.data())]; }

    void note(Trace& trace) {
        add(stages_.submit, trace.returned_ns - trace.submitted_ns);
        add(stages_.to_handler, trace.stamp.entered_ns - trace.submitted_ns);
        add(stages_.handler, trace.stamp.left_ns - trace.stamp.entered_ns);
        add(stages_.commit, std::min(trace.sent_ns, trace.settled_ns) - trace.stamp.left_ns);
        add(stages_.settle, std::max(trace.sent_ns, trace.settled_ns) - std::min(trace.sent_ns, trace.settled_ns));
        trace.sent_ns = trace.settled_ns = 0;
    }

    static void add(Quantiles& stage, std::int64_t duration_ns) {
        stage.add(static_cast<std::uint64_t>(std::max<std::int64_t>(duration_ns, 0)));
    }

    void wait() {
        is_woken_.wait(false);
        is_woken_.store(false);
        host_.run(loop_);
        written();
    }

    void written() {
        for (Line* line : to_write_) {
            if (line->unwritten_bytes != 0) host_.written(line->id, std::exchange(line->unwritten_bytes, 0));
        }
        to_write_.clear();
    }

    void open_all() {
        const millrace_attribute path{bytes("path"), bytes(settings_.path)};
        lines_.reserve(static_cast<std::size_t>(settings_.scopes));
        const auto rss_kib = resident_kib();
        const auto begin_ns = now_ns();
        for (std::int64_t i = 0; i < settings_.scopes; ++i) {
            Line& line = lines_.emplace_back(*this);
            const auto answer = host_.open(loop_, line, {std::to_string(i), {&path, 1}, {}, 1 << 20}, &line.id);
            if (answer != MILLRACE_OPENED) host_.log(MILLRACE_LOG_ERROR, "a scope does not open");
        }
        while (answered_ < lines_.size()) wait();
        open_ns_ = static_cast<double>(now_ns() - begin_ns) / static_cast<double>(settings_.scopes);
        scope_bytes_ = static_cast<double>(resident_kib() - rss_kib) * 1024 / static_cast<double>(settings_.scopes);
    }

    void measure() {
        open_all();
        order_.resize(is_group_ ? 1 : lines_.size());
        std::iota(order_.begin(), order_.end(), 0);
        if (settings_.order == "shuffled") std::ranges::shuffle(order_, std::mt19937(1));
        run_for(kWarmUp_ns);
        if (settings_.work == "stamps") traces_.resize(lines_.size());
        done_ = 0;
        const auto begin_ns = now_ns();
        const auto cpu_us = used_us();
        run_for(settings_.duration_ms * 1'000'000);
        report(now_ns() - begin_ns, (used_us() - cpu_us) * 1000);
    }

    // Until the time is over and each scope has had its turn.
    void run_for(std::int64_t duration_ns) {
        const auto end_ns = now_ns() + duration_ns;
        const auto abreast = std::min(static_cast<std::uint64_t>(settings_.abreast), order_.size());
        for (std::size_t turn = 0; turn < order_.size() || now_ns() < end_ns;) {
            for (std::size_t i = 0; i < 64 && in_flight_ < abreast; ++i, ++turn) {
                __builtin_prefetch(&lines_[order_[(turn + kAhead) % order_.size()]]);
                submit(lines_[order_[turn % order_.size()]]);
            }
            if (in_flight_ < abreast) continue;
            while (in_flight_ > 0) wait();
        }
        while (in_flight_ > 0) wait();
    }

    void submit(Line& line) {
        const auto batch = static_cast<std::size_t>(settings_.batch);
        const millrace_submission message{
            sizeof message, MILLRACE_TEXT, bytes(payload_), {}, 1, nullptr, 0, 0, {}, {}, 0};
        messages_.assign(batch, message);
        line.due = batch;
        in_flight_ += is_group_ ? lines_.size() : 1;
        if (!traces_.empty()) trace_of(line).submitted_ns = now_ns();
        const auto taken = host_.submit(line.id, messages_);
        if (!traces_.empty()) trace_of(line).returned_ns = now_ns();
        if (taken != batch) host_.log(MILLRACE_LOG_ERROR, "a message was not taken");
        written();
    }

    static std::int64_t used_us() {
        rusage used{};
        getrusage(RUSAGE_SELF, &used);
        return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1'000'000 + used.ru_utime.tv_usec +
               used.ru_stime.tv_usec;
    }

    static std::int64_t resident_kib() {
        std::int64_t size = 0, resident = 0;
        std::ifstream("/proc/self/statm") >> size >> resident;
        return resident * (sysconf(_SC_PAGESIZE) / 1024);
    }

    void report(std::int64_t wall_ns, std::int64_t cpu_ns) {
        const auto events = static_cast<double>(done_);
        const std::string unfinished = settings_.result + ".part";
        std::FILE* file = std::fopen(unfinished.c_str(), "w");
        if (!file) return host_.log(MILLRACE_LOG_ERROR, "the result cannot be written");
        std::fprintf(file, "{\"ns\": %.1f, \"cpu_ns\": %.1f, \"open_ns\": %.0f, \"scope_bytes\": %.0f",
                     static_cast<double>(wall_ns) / events, static_cast<double>(cpu_ns) / events, open_ns_,
                     scope_bytes_);
        const auto stage = [file](const char* name, const Quantiles& values) {
            std::fprintf(file, ", \"%s\": %lu", name, values.at(.5));
        };
        stage("submit", stages_.submit), stage("to_handler", stages_.to_handler), stage("handler", stages_.handler);
        stage("commit", stages_.commit), stage("settle", stages_.settle);
        std::fprintf(file, "}\n");
        std::fclose(file);
        std::rename(unfinished.c_str(), settings_.result.c_str());
    }

    const AdapterHost host_;
    Settings settings_;
    bool is_group_ = false;
    std::string payload_ = std::string(kPayloadBytes, 'x');
    std::thread thread_;
    std::atomic<bool> is_woken_ = false;
    std::atomic<bool> is_stopping_ = false;

    millrace_loop* loop_ = nullptr;
    std::vector<Line> lines_;
    std::vector<Trace> traces_;
    std::vector<std::size_t> order_;
    std::vector<millrace_submission> messages_;
    std::vector<Line*> to_write_;
    std::size_t answered_ = 0;
    std::uint64_t in_flight_ = 0;  // scopes that have not got all that is due to them
    std::uint64_t done_ = 0;
    double open_ns_ = 0;
    double scope_bytes_ = 0;
    Stages stages_;
};

void Line::settled(const Answer& answer) { drive.on_open(answer.verdict() == MILLRACE_ACK); }
void Line::settled(std::uint64_t, std::uint32_t, std::uint32_t, std::string_view) { drive.on_settled(*this); }
void Line::send(const Outgoing& command) { drive.on_send(*this, command); }

}  // namespace
}  // namespace millrace::bench

MILLRACE_ADAPTER("drive", "1.0.0", "drive", MILLRACE_MATCH_PATH("path"), millrace::bench::Drive)
