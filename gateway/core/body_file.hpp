#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"
#include "millrace/abi.h"

// A body that is too large for memory (contract E4): a file that is written once, sealed, and from then on only read,
// through a map that lasts as long as anybody holds it. Until it is given a name the file has none, so that whatever
// ends the process leaves nothing behind.
// Thread: one at a time until it is sealed, then any.
namespace millrace {

class BodyFile {
  public:
    // A new, empty one, on the file system of the directory.
    static Result<std::shared_ptr<BodyFile>> create(const std::string& directory);

    // One that is written and has a name; sealed. It has to have that size.
    static Result<std::shared_ptr<BodyFile>> open(int directory, const std::string& name, std::size_t size);

    ~BodyFile();
    BodyFile(const BodyFile&) = delete;

    Result<void> append(std::string_view bytes);
    Result<void> seal();

    bool is_sealed() const { return is_sealed_; }
    std::size_t size() const { return size_; }
    std::string_view bytes() const { return {map_, is_sealed_ ? size_ : 0}; }

    // Puts it onto the disk under that name, which does not exist; the directory is not synced. False: this file system
    // cannot, or it has had a name and lost it; errno says why.
    bool link(int directory, const std::string& name) const;

  private:
    explicit BodyFile(int fd) : fd_(fd) {}

    const int fd_;
    std::size_t size_ = 0;
    const char* map_ = nullptr;
    bool is_sealed_ = false;
};

using BodyFilePtr = std::shared_ptr<const BodyFile>;

// What belongs to a message beside its payload, such as a mail as it came: to be copied, or, in a file, to be held.
struct Body {
    millrace_bytes bytes{};
    BodyFilePtr file{};
};

}  // namespace millrace
