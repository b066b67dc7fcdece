#include "gateway/core/manifest_elf.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace millrace {
namespace {

static_assert(std::endian::native == std::endian::little);

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

}  // namespace

ElfFile::ElfFile(ElfFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), size_(other.size_), names_(other.names_),
      sections_(std::move(other.sections_)) {}

ElfFile::~ElfFile() {
    if (fd_ >= 0) ::close(fd_);
}

Result<ElfFile> ElfFile::open(const std::string& name) {
    ElfFile file(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status = {};
    if (file.fd_ < 0 || ::fstat(file.fd_, &status) != 0) {
        return Error{name + ": cannot be read: " + std::strerror(errno)};
    }
    if (!S_ISREG(status.st_mode)) return Error{name + ": not a file"};
    file.size_ = static_cast<std::uint64_t>(status.st_size);
    if (auto done = file.read_sections(); !done) return Error{name + ": " + done.error().text};
    return file;
}

Result<void> ElfFile::read_sections() {
    Elf64_Ehdr header;
    if (!read(0, &header, sizeof header)) return Error{"not an ELF file"};
    if (auto fault = fault_of(header)) return Error{*fault};
    sections_.resize(header.e_shnum);
    names_ = header.e_shstrndx;
    if (read(header.e_shoff, sections_.data(), sections_.size() * sizeof(Elf64_Shdr))) return {};
    return Error{"damaged: its section table lies outside"};
}

bool ElfFile::is_named(const Elf64_Shdr& section, std::string_view name) const {
    const Elf64_Shdr& names = sections_[names_];
    const std::size_t size = name.size() + 1;
    if (section.sh_name > names.sh_size || names.sh_size - section.sh_name < size) return false;
    if (names.sh_offset > UINT64_MAX - section.sh_name) return false;
    std::string found(size, '\0');
    return read(names.sh_offset + section.sh_name, found.data(), size) && found.back() == '\0' &&
           found.starts_with(name);
}

bool ElfFile::read(std::uint64_t offset, void* into, std::uint64_t size) const {
    if (!contains(offset, size)) return false;
    for (std::uint64_t done = 0; done < size;) {
        ssize_t count = ::pread(fd_, static_cast<char*>(into) + done, size - done, static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        done += static_cast<std::uint64_t>(count);
    }
    return true;
}

}  // namespace millrace
