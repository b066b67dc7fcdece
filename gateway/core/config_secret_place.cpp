#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "gateway/core/config_sections.hpp"

namespace millrace {
namespace {

constexpr std::string_view kSources[] = {"env", "file", "credential", "plain"};  // As in Secret::Source.
constexpr std::string_view kForms = "{ env: NAME }, { file: PATH } or { credential: NAME }";

}  // namespace

// Says nothing of a value: it may be the secret.
std::optional<Secret> read_secret_place(const YamlNode& node, const std::string& path, std::string_view owner,
                                        Reading& reading) {
    const auto refuse = [&](Position at, const char* code, std::string text) {
        report(reading.errors, at, code, std::move(text));
        return std::nullopt;
    };
    if (node.kind != YamlNode::Kind::map) {
        return refuse(node.at, "bare-secret",
                      fmt::format("'{}' is a secret: write {} instead of its text", path, kForms));
    }
    if (node.entries.size() != 1) return refuse(node.at, "bad-value", fmt::format("'{}' is one of {}", path, kForms));
    const YamlEntry& entry = node.entries.front();
    const auto source = std::ranges::find(kSources, entry.key);
    if (source == std::end(kSources)) {
        return refuse(entry.at, "unknown-key",
                      fmt::format("unknown key '{}' in '{}' of {}{}", entry.key, path, owner,
                                  hint(entry.key, {std::begin(kSources), std::end(kSources)})));
    }
    if (entry.value.kind != YamlNode::Kind::scalar || entry.value.text.empty()) {
        return refuse(entry.value.at, "wrong-type",
                      fmt::format("'{}.{}' has to be text that is not empty", path, entry.key));
    }
    const auto kind = static_cast<Secret::Source>(source - std::begin(kSources));
    const std::string& name = entry.value.text;
    return Secret{.path = path,
                  .source = kind,
                  .name = kind == Secret::Source::file ? resolve_path(reading.folder, name) : name,
                  .at = entry.value.at};
}

}  // namespace millrace
