#include "gateway/core/manifest_section.hpp"

#include <algorithm>
#include <string_view>

#include "gateway/core/manifest_elf.hpp"

namespace millrace {
namespace {

constexpr std::string_view kSection = ".millrace.manifest";

Result<std::string> text_of(const ElfFile& file, const Elf64_Shdr& section) {
    if (section.sh_type == SHT_NOBITS) return Error{"its manifest section holds nothing"};
    if (section.sh_size > kManifestSizeMax) return Error{"its manifest section is larger than 64 KiB"};
    std::string text(section.sh_size, '\0');
    if (!file.read(section.sh_offset, text.data(), text.size())) return Error{"damaged: its manifest lies outside"};
    text.erase(text.find_last_not_of('\0') + 1);
    return text;
}

Result<std::string> read_section(const ElfFile& file) {
    const auto section =
        std::ranges::find_if(file.sections(), [&](const Elf64_Shdr& s) { return file.is_named(s, kSection); });
    if (section != file.sections().end()) return text_of(file, *section);
    return Error{"not a Millrace plugin: it has no section " + std::string(kSection)};
}

}  // namespace

Result<std::string> read_manifest_section(const std::string& name) {
    const Result<ElfFile> file = ElfFile::open(name);
    if (!file) return file.error();
    Result<std::string> text = read_section(*file);
    if (!text) return Error{name + ": " + text.error().text};
    return text;
}

}  // namespace millrace
