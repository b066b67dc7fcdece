#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/core/spool_store.hpp"
#include "tests/unit/gateway/core/spool_fixture.hpp"

namespace millrace::spool {

// Every operation is looked at through a store that was opened after it.
class SpoolStore : public ::testing::Test {
  protected:
    SpoolStore() { reopen(); }

    void reopen() {
        store_.reset();
        auto opened = Store::open(folder_.path(), clock_);
        ASSERT_TRUE(opened) << opened.error().text;
        store_ = std::move(*opened);
    }

    template <class Operation> void commit(Operation operation) {
        store_->begin();
        operation(*store_);
        const auto fault = store_->commit();
        ASSERT_FALSE(fault) << fault->text;
        reopen();
    }

    Arrival accept(std::string payload, std::vector<Lane> lanes, std::string external_id = {}) {
        auto arrival = make_arrival(std::move(payload), std::move(lanes), std::move(external_id));
        commit([&](Store& store) { store.accept(arrival); });
        return arrival;
    }

    void conclude(std::int64_t lane, std::vector<Ending> endings) {
        Conclusion conclusion;
        conclusion.lane = lane;
        conclusion.endings = std::move(endings);
        commit([&](Store& store) { store.conclude(conclusion); });
    }

    std::vector<std::string> payloads(std::int64_t lane, std::int64_t after = 0) {
        std::vector<std::string> all;
        for (const auto& entry : store_->page(lane, after, 100, 1 << 20).entries) all.push_back(entry.message.payload);
        return all;
    }

    SpoolFolder folder_;
    testing::ManualClock clock_;
    std::unique_ptr<Store> store_;
};

}  // namespace millrace::spool
