#include "conformance/plugin_file.hpp"

#include <dlfcn.h>
#include <elf.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "millrace/detail/json.hpp"

namespace millrace::conformance {
namespace {

using detail::Json;

// A 64-bit ELF file that the dynamic linker has taken already.
class Elf {
  public:
    explicit Elf(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        content_.assign(std::istreambuf_iterator<char>(file), {});
        const auto header = at<Elf64_Ehdr>(0);
        for (std::size_t i = 0; i < header.e_shnum; ++i) {
            sections_.push_back(at<Elf64_Shdr>(header.e_shoff + i * header.e_shentsize));
        }
        if (header.e_shstrndx < sections_.size()) names_ = bytes(sections_[header.e_shstrndx]);
    }

    std::string_view section(std::string_view name) const {
        for (const Elf64_Shdr& section : sections_) {
            if (text(names_, section.sh_name) == name) return bytes(section);
        }
        return {};
    }

    std::vector<std::string> exports() const {
        const std::string_view symbols = section(".dynsym"), names = section(".dynstr");
        std::vector<std::string> found;
        for (std::size_t i = 0; i + sizeof(Elf64_Sym) <= symbols.size(); i += sizeof(Elf64_Sym)) {
            Elf64_Sym symbol;
            std::memcpy(&symbol, symbols.data() + i, sizeof symbol);
            const bool is_local = ELF64_ST_BIND(symbol.st_info) == STB_LOCAL;
            if (symbol.st_shndx != SHN_UNDEF && !is_local) found.emplace_back(text(names, symbol.st_name));
        }
        return found;
    }

  private:
    template <class Struct> Struct at(std::size_t offset) const {
        Struct read{};
        if (offset + sizeof read <= content_.size()) std::memcpy(&read, content_.data() + offset, sizeof read);
        return read;
    }
    std::string_view bytes(const Elf64_Shdr& section) const {
        if (section.sh_type == SHT_NOBITS || section.sh_offset > content_.size()) return {};
        return std::string_view(content_).substr(section.sh_offset, section.sh_size);
    }
    static std::string_view text(std::string_view names, std::size_t offset) {
        if (offset >= names.size()) return {};
        const std::string_view rest = names.substr(offset);
        return rest.substr(0, rest.find('\0'));
    }

    std::string content_;
    std::string_view names_;
    std::vector<Elf64_Shdr> sections_;
};

const Json& member(const Json& object, std::string_view name) {
    static const Json kNone;
    for (std::size_t i = 0; i < object.names.size(); ++i) {
        if (object.names[i] == name) return object.items[i];
    }
    return kNone;
}

Declaration declaration(const Json& manifest) {
    const Json& scope = member(manifest, "scope");
    Declaration declared{member(scope, "key").text,      member(scope, "lifetime").text, {},
                         member(manifest, "reply").text, member(manifest, "retry").text, {}};
    for (const Json& reason : member(scope, "closes_by").items) declared.closes_by.insert(reason.text);
    for (const Json& match : member(manifest, "match").items) declared.match_keys.insert(member(match, "key").text);
    return declared;
}

std::size_t count(const char* folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

}  // namespace

PluginFile load_plugin(const std::string& path) {
    PluginFile file;
    file.path = path;
    void* handle = ::dlopen(std::filesystem::absolute(path).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        file.error = ::dlerror();
        return file;
    }
    const auto entry = reinterpret_cast<const millrace_plugin* (*)()>(::dlsym(handle, "millrace_plugin_v1"));
    if (entry) file.plugin = entry();
    if (!file.plugin) file.error = path + ": no millrace_plugin_v1, or it returns nothing";
    const Elf elf(path);
    file.exports = elf.exports();
    const std::string_view section = elf.section(".millrace.manifest");
    file.manifest = section.substr(0, section.find('\0'));
    detail::JsonReader reader(file.manifest);
    const Json manifest = reader.read().value_or(Json{});
    file.id = member(manifest, "id").text;
    file.kind = member(manifest, "kind").text;
    file.abi = member(manifest, "abi").text;
    file.declaration = declaration(manifest);
    return file;
}

std::string reason_name(std::uint32_t reason) {
    constexpr const char* kNames[] = {"none", "peer", "lost", "idle", "protocol_error", "policy", "drain", "consumer"};
    return reason < std::size(kNames) ? kNames[reason] : std::to_string(reason);
}

Holdings holdings() { return {count("/proc/self/task"), count("/proc/self/fd")}; }

}  // namespace millrace::conformance
