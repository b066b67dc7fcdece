#include "gateway/admin/overview.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace millrace::admin {
namespace {

constexpr std::int64_t kLookEvery_us = 100'000;

std::uint64_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t total_pages = 0;
    std::uint64_t resident_pages = 0;
    file >> total_pages >> resident_pages;
    return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// Without the one that reading the folder needs.
std::uint64_t open_fds() {
    std::error_code error;
    std::filesystem::directory_iterator folder("/proc/self/fd", error);
    const auto entries = std::distance(folder, std::filesystem::directory_iterator());
    return entries == 0 ? 0 : static_cast<std::uint64_t>(entries) - 1;
}

}  // namespace

const char* to_string(Overview::Phase phase) {
    switch (phase) {
        case Overview::Phase::ready:
            return "ready";
        case Overview::Phase::refusing:
            return "refusing";
        case Overview::Phase::draining:
            return "draining";
        case Overview::Phase::starting:
            break;
    }
    return "starting";
}

std::int64_t unaccounted(const LoopReport::Consumer& counts) {
    const auto known = counts.acked + counts.dead + counts.expired + counts.dropped + counts.now.open;
    return static_cast<std::int64_t>(counts.created - known);
}

bool counts_agree(const GatewayReport& report) {
    return std::ranges::all_of(
        report.consumers, [](const GatewayReport::Consumer& consumer) { return unaccounted(consumer.counts) == 0; });
}

Observer::Observer(const Gateway& gateway) : gateway_(gateway), began_us_(gateway.clock().steady_us()) {
    overview_.name = gateway.config().name;
}

const Overview& Observer::glance() {
    using enum Overview::Phase;
    overview_.refusal = gateway_.spool_refusal();
    if (gateway_.is_ready()) {
        overview_.phase = overview_.refusal.empty() ? ready : refusing;
    } else {
        overview_.phase = gateway_.is_draining() ? draining : starting;
    }
    return overview_;
}

const Overview& Observer::look() {
    glance();
    const std::int64_t now_us = gateway_.clock().steady_us();
    if (looked_us_ != 0 && now_us - looked_us_ < kLookEvery_us) return overview_;
    overview_.uptime_s = static_cast<double>(now_us - began_us_) / 1e6;
    overview_.process = {resident_bytes(), open_fds()};
    overview_.report = gateway_.report();
    looked_us_ = gateway_.clock().steady_us();
    return overview_;
}

}  // namespace millrace::admin
