#include "gateway/core/manifest_exports.hpp"

#include <algorithm>

#include "gateway/core/manifest_elf.hpp"

namespace millrace {
namespace {

// The content of a table, or nothing where it is damaged.
template <class Entry> std::vector<Entry> read_table(const ElfFile& file, const Elf64_Shdr& section) {
    if (!file.contains(section.sh_offset, section.sh_size)) return {};
    std::vector<Entry> entries(section.sh_size / sizeof(Entry));
    if (!file.read(section.sh_offset, entries.data(), entries.size() * sizeof(Entry))) return {};
    return entries;
}

bool is_offered(const Elf64_Sym& symbol) {
    const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    return symbol.st_shndx != SHN_UNDEF && ELF64_ST_BIND(symbol.st_info) != STB_LOCAL &&
           (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

}  // namespace

Result<std::vector<std::string>> read_exports(const std::string& name) {
    const Result<ElfFile> file = ElfFile::open(name);
    if (!file) return file.error();
    const auto& sections = file->sections();
    const auto table =
        std::ranges::find(sections, SHT_DYNSYM, [](const Elf64_Shdr& s) { return static_cast<int>(s.sh_type); });
    if (table == sections.end()) return std::vector<std::string>();
    if (table->sh_link >= sections.size()) return Error{name + ": damaged: its symbols have no names"};
    const auto symbols = read_table<Elf64_Sym>(*file, *table);
    const auto names = read_table<char>(*file, sections[table->sh_link]);
    std::vector<std::string> exports;
    for (const Elf64_Sym& symbol : symbols) {
        if (!is_offered(symbol) || symbol.st_name >= names.size()) continue;
        const auto begin = names.begin() + symbol.st_name;
        exports.emplace_back(begin, std::find(begin, names.end(), '\0'));
    }
    std::ranges::sort(exports);
    return exports;
}

}  // namespace millrace
