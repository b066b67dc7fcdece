#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "gateway/core/body_file.hpp"
#include "millrace/abi.h"

// The bodies that one adapter has and has not released.
// Thread: any; the adapter uses each body from one thread at a time.
namespace millrace {

class OpenBodies {
  public:
    // `directory`: whose file system they lie on.
    explicit OpenBodies(std::string directory) : directory_(std::move(directory)) {}

    Result<millrace_id> create();
    // Of what is not there: an error.
    Result<void> append(millrace_id id, std::string_view bytes);
    Result<std::string_view> seal(millrace_id id);
    // Those who hold it keep it. False: there is none.
    bool release(millrace_id id);

    // Null: there is none, or it is not sealed.
    BodyFilePtr sealed(millrace_id id) const;

  private:
    std::shared_ptr<BodyFile> find(millrace_id id) const;

    const std::string directory_;
    mutable std::mutex mutex_;
    std::unordered_map<millrace_id, std::shared_ptr<BodyFile>> bodies_;  // Guarded by mutex_,
    millrace_id last_ = 0;                                               // likewise.
};

}  // namespace millrace
