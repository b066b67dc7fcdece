#pragma once

#include "gateway/admin/overview.hpp"

namespace millrace::admin {

// An overview in which every number is another one, and the counts agree.
inline Overview sample() {
    Overview overview;
    overview.name = "edge";
    overview.phase = Overview::Phase::ready;
    overview.uptime_s = 12.5;
    overview.process = {4096, 7};
    overview.report.adapters.push_back({"web", "websocket", 2,  31, 32, 44, 80,        81, 33, 34,          35, 38,
                                        39,    40,          45, 46, 53, 70, "web:bad", 36, 48, "no broker", 71});
    GatewayReport::Consumer consumer{"echo", "echo", true, true, 39, 37, {}, 49, 50};
    consumer.counts = {.created = 100,
                       .acked = 50,
                       .dead = 20,
                       .expired = 15,
                       .dropped = 10,
                       .retried = 8,
                       .overdue = 6,
                       .now = {3, 5}};
    overview.report.consumers.push_back(consumer);
    overview.report.dead_letters = {41, 42, 43};
    overview.report.resends = 47;
    overview.report.gauges = {{"web", "expiry", 53}};
    overview.report.reloads = 51;
    overview.report.reloads_failed = 52;
    overview.report.last_refusal = "why";
    overview.report.channels_refused = 54;
    GatewayReport::Spool& spool = overview.report.spool;
    spool.is_open = true;
    spool.messages = 55;
    spool.bytes = 56;
    spool.deliveries = 57;
    spool.damaged = 58;
    spool.letters = 59;
    spool.oldest_us = 60'000'000;
    spool.refused = {0, 61, 62, 63, 64, 65};
    spool.commit_us.of[3] = 66;
    spool.commit_us.sum = 67;
    spool.group_size.of[1] = 68;
    spool.group_size.sum = 69;
    return overview;
}

}  // namespace millrace::admin
