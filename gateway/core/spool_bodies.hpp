#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/core/body_file.hpp"
#include "gateway/core/spool_database.hpp"

// Payloads and bodies that are too large for a row: one file each, named by the message's id. A file is whole on the
// disk, and its name in the directory too, before the row that speaks of it; it goes after that row has gone. What a
// crash leaves between the two is an orphan.
// Thread: the writer's.
namespace millrace::spool {

class Bodies {
  public:
    static constexpr std::size_t kInlineBytesMax = 256 << 10;  // A larger payload is a file.

    // Makes the directory where it is missing.
    static Result<Bodies> open(const std::string& directory);
    ~Bodies();
    Bodies(Bodies&& other) noexcept;
    Bodies& operator=(Bodies&&) = delete;

    // Nothing, or what has failed.
    std::optional<Fault> write(std::int64_t id, std::string_view payload);

    // The payload of `size` bytes, or why there is none.
    Result<std::string> read(std::int64_t id, std::size_t size) const;

    // The same for the message's body, which is a file already: that gets a name here, and is copied only where it
    // cannot have one.
    std::optional<Fault> attach(std::int64_t id, const BodyFile& body);
    Result<BodyFilePtr> attached(std::int64_t id, std::size_t size) const;

    // Its files go when what was done is committed, and stays when it is not.
    void remove(std::int64_t id) { removed_.push_back(id); }

    void committed();
    void rolled_back();

    // Removes every file that has no message. How many there were.
    Result<std::size_t> sweep(const std::function<bool(std::int64_t)>& is_known);

  private:
    Bodies(std::string directory, int fd) : directory_(std::move(directory)), fd_(fd) {}
    std::optional<Fault> write_as(std::int64_t id, const std::string& name, std::string_view bytes);
    Fault fault(const char* what, const std::string& name) const;
    void unlink(std::int64_t id);

    std::string directory_;
    int fd_ = -1;
    std::vector<std::int64_t> written_;  // Since the last commit,
    std::vector<std::int64_t> removed_;  // likewise.
};

}  // namespace millrace::spool
