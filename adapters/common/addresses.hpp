#pragma once

#include <functional>
#include <string_view>
#include <utility>

#include "millrace/adapter.hpp"

// All addresses of an adapter that are no scopes (`plant:alerts/1`, `inbox:ops@example.com`), as the gateway sees them:
// one scope that takes what is sent to any. Thread: the loop that it is opened on.
namespace millrace {

class Addresses final : public Scope {
  public:
    using Send = std::function<void(const Outgoing& command, millrace_id scope)>;

    explicit Addresses(Send send) : send_(std::move(send)) {}

    // Before any other scope.
    void open(AdapterHost host, millrace_loop* loop, std::uint64_t send_bytes_max) {
        is_open_ = host.open(loop, *this, {{}, {}, {}, send_bytes_max, MILLRACE_ADDRESSES}, &id_) == MILLRACE_OPENED;
    }

    void settled(const Answer&) override {}
    void send(const Outgoing& command) override { send_(command, id_); }
    void close(std::uint32_t, std::uint32_t, std::string_view) override { is_open_ = false; }
    void resume() override {}

    void end(AdapterHost host) {
        if (std::exchange(is_open_, false)) host.close(id_, MILLRACE_REASON_DRAIN, {});
    }
    bool is_open() const { return is_open_; }
    millrace_id id() const { return id_; }

  private:
    const Send send_;
    millrace_id id_ = 0;
    bool is_open_ = false;
};

}  // namespace millrace
