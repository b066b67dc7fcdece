#include "gateway/core/manifest_section.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace millrace {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kSection = ".millrace.manifest";

// A regular file that is read at offsets; a read that does not lie inside the file fails.
class File {
  public:
    explicit File(const std::string& name) : fd_(open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
        struct stat status = {};
        if (fd_ >= 0 && fstat(fd_, &status) == 0) {
            regular_ = S_ISREG(status.st_mode);
            size_ = static_cast<std::uint64_t>(status.st_size);
        }
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (fd_ >= 0) close(fd_);
    }

    bool is_open() const { return fd_ >= 0; }
    bool is_regular() const { return regular_; }

    bool contains(std::uint64_t offset, std::uint64_t size) const { return offset <= size_ && size <= size_ - offset; }

    bool read(std::uint64_t offset, void* into, std::uint64_t size) const {
        if (!contains(offset, size)) return false;
        for (std::uint64_t done = 0; done < size;) {
            ssize_t count = pread(fd_, static_cast<char*>(into) + done, size - done, static_cast<off_t>(offset + done));
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return false;
            done += static_cast<std::uint64_t>(count);
        }
        return true;
    }

  private:
    int fd_;
    bool regular_ = false;
    std::uint64_t size_ = 0;
};

std::optional<std::string> fault_of(const Elf64_Ehdr& header) {
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return "not an ELF file";
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB) {
        return "not a 64-bit little-endian ELF file";
    }
    if (header.e_type != ET_DYN) return "not a shared object";
    if (header.e_shnum == 0) return "no sections (stripped of its section table?)";
    if (header.e_shentsize != sizeof(Elf64_Shdr)) return "damaged: odd size of section headers";
    if (header.e_shstrndx >= header.e_shnum) return "damaged: no table of section names";
    return std::nullopt;
}

bool is_named_manifest(const File& file, const Elf64_Shdr& names, const Elf64_Shdr& section) {
    constexpr std::size_t kSize = kSection.size() + 1;
    if (section.sh_name > names.sh_size || names.sh_size - section.sh_name < kSize) return false;
    if (names.sh_offset > UINT64_MAX - section.sh_name) return false;
    char name[kSize] = {};
    return file.read(names.sh_offset + section.sh_name, name, kSize) && name[kSize - 1] == '\0' && kSection == name;
}

Result<std::string> text_of(const File& file, const Elf64_Shdr& section) {
    if (section.sh_type == SHT_NOBITS) return Error{"its manifest section holds nothing"};
    if (section.sh_size > kManifestSizeMax) return Error{"its manifest section is larger than 64 KiB"};
    std::string text(section.sh_size, '\0');
    if (!file.read(section.sh_offset, text.data(), text.size())) return Error{"damaged: its manifest lies outside"};
    text.erase(text.find_last_not_of('\0') + 1);
    return text;
}

Result<std::string> read_section(const File& file) {
    Elf64_Ehdr header;
    if (!file.read(0, &header, sizeof header)) return Error{"not an ELF file"};
    if (auto fault = fault_of(header)) return Error{*fault};
    std::vector<Elf64_Shdr> sections(header.e_shnum);
    if (!file.read(header.e_shoff, sections.data(), sections.size() * sizeof(Elf64_Shdr))) {
        return Error{"damaged: its section table lies outside"};
    }
    for (const Elf64_Shdr& section : sections) {
        if (is_named_manifest(file, sections[header.e_shstrndx], section)) return text_of(file, section);
    }
    return Error{"not a Millrace plugin: it has no section " + std::string(kSection)};
}

}  // namespace

Result<std::string> read_manifest_section(const std::string& name) {
    File file(name);
    if (!file.is_open()) return Error{name + ": cannot be read: " + std::strerror(errno)};
    if (!file.is_regular()) return Error{name + ": not a file"};
    Result<std::string> text = read_section(file);
    if (!text) return Error{name + ": " + text.error().text};
    return text;
}

}  // namespace millrace
