#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/admin/spool_command.hpp"
#include "tests/support/dead_letters.hpp"
#include "tests/unit/gateway/core/spool_fixture.hpp"

// A store with dead letters, and commands that are run on it to their end.
namespace millrace::admin {

struct Answer {
    std::vector<boost::json::object> lines;
    std::string error;
    std::vector<std::int64_t> lanes;
    std::vector<std::int64_t> pauses_us;
    std::size_t largest = 0;  // Of its portions, in bytes.

    std::vector<std::string> column(std::string_view key) const {
        std::vector<std::string> values;
        for (const auto& line : lines) values.push_back(boost::json::serialize(line.at(key)));
        return values;
    }
};

inline void add_lines(Answer& answer, std::string_view lines) {
    while (!lines.empty()) {
        const std::size_t size = lines.find('\n');
        answer.lines.push_back(boost::json::parse(lines.substr(0, size)).as_object());
        lines.remove_prefix(size + 1);
    }
}

class LettersTest : public ::testing::Test {
  protected:
    LettersTest() {
        auto opened = spool::Store::open(folder_.path(), clock_);
        EXPECT_TRUE(opened) << opened.error().text;
        store_ = std::move(*opened);
    }

    void commit(const std::function<void(spool::Store&)>& operation) {
        store_->begin();
        operation(*store_);
        const auto fault = store_->commit();
        ASSERT_FALSE(fault) << fault->text;
    }

    // Its id. A second passes.
    std::int64_t bury(const std::string& text, const std::function<void(spool::DeadLetter&)>& change = {}) {
        spool::DeadLetter letter = testing::make_letter(text, clock_.now_us());
        if (change) change(letter);
        commit([&](spool::Store& store) { store.bury(letter); });
        clock_.advance_us(1'000'000);
        return letter.id;
    }

    Answer run(SpoolCommand& command) {
        Answer answer;
        for (bool is_last = false; !is_last;) {
            Result<Portion> portion = run_portion(*store_, command);
            if (!portion) {
                ADD_FAILURE() << portion.error().text;
                break;
            }
            const std::string lines = to_lines(*portion);
            add_lines(answer, lines);
            answer.error = portion->error;
            answer.lanes.insert(answer.lanes.end(), portion->lanes.begin(), portion->lanes.end());
            answer.pauses_us.push_back(portion->pause_us);
            answer.largest = std::max(answer.largest, lines.size());
            is_last = portion->is_last || !answer.error.empty();
        }
        return answer;
    }
    Answer run(const std::unique_ptr<SpoolCommand>& command) { return run(*command); }

    std::vector<std::int64_t> ids() {
        std::vector<std::int64_t> ids;
        for (const auto& letter : store_->letters({}, 0, 1000).letters) ids.push_back(letter.id);
        return ids;
    }

    std::vector<std::string> payloads(std::int64_t lane) {
        std::vector<std::string> all;
        for (const auto& entry : store_->page(lane, 0, 1000, 1 << 20).entries) all.push_back(entry.message.payload);
        return all;
    }

    spool::SpoolFolder folder_;
    testing::ManualClock clock_;
    std::unique_ptr<spool::Store> store_;
};

}  // namespace millrace::admin
