#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/core/adapter_host.hpp"

// The gateway's own loops, where channels live: threads that sleep until something comes for them. To what runs on them
// they are the loops of an adapter that has no outside.
// Thread: the control thread.
namespace millrace {

class HostLoops {
  public:
    // `index`: behind those of the adapters.
    HostLoops(Pipeline& pipeline, std::uint32_t index);
    ~HostLoops();

    // As many as there are processors. REQUIRES: nothing is sent yet.
    Result<void> start();
    Result<void> start(std::size_t count);

    // REQUIRES: all their scopes are closed, or nothing will ever run on them again.
    void stop();

    const AdapterHost& host() const { return host_; }

    class Thread;

  private:
    Pipeline& pipeline_;
    AdapterHost host_;
    std::vector<std::unique_ptr<Thread>> threads_;
};

}  // namespace millrace
