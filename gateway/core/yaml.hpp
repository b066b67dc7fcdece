#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/config.hpp"

// A YAML text as a tree that remembers where everything stands.
//
// The part of YAML that a configuration needs: one document of maps, lists and scalars. Anchors, aliases, tags, further
// documents, keys that are not plain text and keys that stand twice are errors. Columns count characters, not bytes.
namespace millrace {

struct YamlEntry;

struct YamlNode {
    enum class Kind { null, scalar, list, map };

    Kind kind = Kind::null;
    Position at;                     // Of a value that is left out: its key's.
    std::string text;                // Scalars.
    bool is_quoted = false;          // Scalars: quoted or a block, so it is text whatever it looks like.
    std::vector<YamlNode> items;     // Lists.
    std::vector<YamlEntry> entries;  // Maps, in order, no key twice.

    const YamlEntry* find(std::string_view key) const;
};

struct YamlEntry {
    std::string key;
    Position at;
    YamlNode value;
};

// What a scalar says by the rules of YAML 1.2 (core schema): `yes` is text, 010 is ten.
enum class YamlType { null, boolean, integer, real, text };
YamlType type_of(const YamlNode& scalar);

struct YamlDocument {
    YamlNode root;
    bool is_whole = false;  // Everything was understood but what `errors` names; else nothing else can be judged.
    std::vector<ConfigError> errors;
};

// Nests no deeper than 64; the caller bounds the size. Thread: any.
YamlDocument parse_yaml(std::string_view text);

}  // namespace millrace
