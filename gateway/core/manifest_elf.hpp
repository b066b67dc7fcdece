#pragma once

#include <elf.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

// A 64-bit little-endian ELF shared object as a file to read: every offset in it is checked before it is followed, so a
// damaged file is an error and costs no more than what is read of it. Nothing of it is mapped or run. Opens regular
// files only. Thread: any, one at a time.
namespace millrace {

class ElfFile {
  public:
    // Reads the table of sections.
    static Result<ElfFile> open(const std::string& name);

    ElfFile(ElfFile&& other) noexcept;
    ~ElfFile();

    const std::vector<Elf64_Shdr>& sections() const { return sections_; }

    bool is_named(const Elf64_Shdr& section, std::string_view name) const;

    bool contains(std::uint64_t offset, std::uint64_t size) const { return offset <= size_ && size <= size_ - offset; }

    // False where it does not lie inside the file.
    bool read(std::uint64_t offset, void* into, std::uint64_t size) const;

  private:
    explicit ElfFile(int fd) : fd_(fd) {}
    Result<void> read_sections();

    int fd_;
    std::uint64_t size_ = 0;
    std::uint32_t names_ = 0;  // The section that has the names of the sections.
    std::vector<Elf64_Shdr> sections_;
};

}  // namespace millrace
