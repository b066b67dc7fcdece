#pragma once

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <utility>
#include <vector>

#include "gateway/core/spool.hpp"
#include "gateway/core/spool_verify.hpp"
#include "tests/support/manual_clock.hpp"

// A spool in a folder of its own, on a clock that is moved by hand.
namespace millrace::spool {

class SpoolFolder {
  public:
    SpoolFolder() {
        std::string pattern = std::filesystem::temp_directory_path() / "millrace-spool-XXXXXX";
        path_ = ::mkdtemp(pattern.data());
    }
    ~SpoolFolder() { std::filesystem::remove_all(path_); }
    SpoolFolder(const SpoolFolder&) = delete;

    const std::string& path() const { return path_; }
    std::string database() const { return path_ + "/spool.db"; }
    std::string log() const { return path_ + "/spool.db-wal"; }
    std::string body(std::int64_t id) const { return path_ + "/bodies/" + std::to_string(id) + ".body"; }

  private:
    std::string path_;
};

// All that there is to verify, between two transactions.
inline Verification verify_all(Store& store) {
    Verification all;
    std::vector<std::string> findings;
    const auto collect = [&] { findings.insert(findings.end(), all.findings.begin(), all.findings.end()); };
    store.begin();
    for (; all.part != Verification::Part::done; collect()) verify(store, all, 7);
    verify_at_rest(store, all);
    collect();
    store.roll_back();
    all.findings = std::move(findings);
    return all;
}

inline Lane make_lane(std::string scope, std::string consumer = "echo") {
    Lane lane;
    lane.consumer = std::move(consumer);
    lane.scope = std::move(scope);
    lane.prefix = "prefix";
    return lane;
}

inline Message make_message(std::string payload, std::string external_id = {}) {
    Message message;
    message.adapter = "web";
    message.scope = "1f-3";
    message.external_id = std::move(external_id);
    message.route = "all";
    message.fields = "fields";
    message.payload = std::move(payload);
    message.payload_kind = 1;
    message.order = 7;
    message.hops = 2;
    message.created_us = 1'700'000'000'000'001;
    message.deadline_us = 1'700'000'000'000'002;
    return message;
}

inline Arrival make_arrival(std::string payload, std::vector<Lane> lanes, std::string external_id = {}) {
    Arrival arrival;
    arrival.message = make_message(std::move(payload), std::move(external_id));
    for (Lane& lane : lanes) arrival.to.push_back({std::move(lane), 0, 0});
    return arrival;
}

inline Ending make_ending(std::int64_t position, Ending::Kind kind = Ending::Kind::acked) {
    Ending ending;
    ending.position = position;
    ending.kind = kind;
    return ending;
}

// A request that runs a function in its transaction, and can be waited for.
class Call final : public Request {
  public:
    explicit Call(std::function<void(Store&)> call, bool is_intake = false)
        : call_(std::move(call)), is_intake_(is_intake) {}

    void apply(Store& store) override { call_(store); }
    void finished() override { done_.release(); }
    void arrive() override {}
    bool is_intake() const override { return is_intake_; }

    Outcome wait() {
        done_.acquire();
        return outcome;
    }

  private:
    std::function<void(Store&)> call_;
    bool is_intake_;
    std::binary_semaphore done_{0};
};

inline Request::Outcome run(Spool& spool, std::function<void(Store&)> call, bool is_intake = false) {
    Call request(std::move(call), is_intake);
    spool.submit(&request);
    return request.wait();
}

}  // namespace millrace::spool
