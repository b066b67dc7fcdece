#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace millrace::conformance {

// What has come to each, at a server that answers over REST. Thread: any.
class Inboxes {
  public:
    void put(const std::string& name, std::string text) {
        const std::lock_guard lock(mutex_);
        texts_[name].push_back(std::move(text));
        changed_.notify_all();
    }
    bool take(const std::string& name, std::string& text, std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        auto& texts = texts_[name];
        if (!changed_.wait_for(lock, time, [&] { return !texts.empty(); })) return false;
        text = std::move(texts.front());
        texts.erase(texts.begin());
        return true;
    }
    void stall(bool is_stalled) {
        const std::lock_guard lock(mutex_);
        is_stalled_ = is_stalled;
        changed_.notify_all();
    }
    // As long as nobody reads, the server answers nothing.
    void wait_for_readers() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, std::chrono::seconds(60), [&] { return !is_stalled_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::string, std::vector<std::string>> texts_;
    bool is_stalled_ = false;
};

}  // namespace millrace::conformance
