#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// The largest document that is read, and how deep it may nest.
inline constexpr std::size_t kJsonSizeMax = 64 << 10;
inline constexpr std::size_t kJsonDepthMax = 32;

// A number as the text that all its spellings share, so that `80` is found where a document has `80.0`; nothing where
// the text is no number of JSON.
std::optional<std::string> normal_number(std::string_view text);

// The places in JSON documents that routes ask for, as a tree of their keys. Each has a number, from 0.
// Thread: any, once made.
class JsonPaths {
  public:
    // A dotted path (`order.items.0.price`); an index of a list is a number. The error says what is wrong with it.
    static std::optional<std::string> find_fault(std::string_view path);

    // REQUIRES: a path without a fault.
    std::uint32_t add(std::string_view path);

    std::uint32_t count() const { return count_; }

  private:
    friend class JsonFields;

    struct Node {
        std::string key;
        std::vector<Node> children;
        std::optional<std::uint32_t> number;

        const Node* find(std::string_view name) const;
    };

    Node root_;
    std::uint32_t count_ = 0;
};

// What one document has in these places. Reading builds no document: it keeps only what is asked for.
class JsonFields {
  public:
    enum class State : std::uint8_t { absent, compound, scalar };

    struct Field {
        State state = State::absent;
        std::string text;  // Of a scalar: text as it is, numbers in their normal form, `true`, `false` and `null`.
    };

    // False where the text is not JSON, or too large; all fields are of no meaning then. Of a key that stands twice in
    // a map the last one counts. Keeps its memory for the next document.
    bool read(std::string_view text, const JsonPaths& paths);

    const Field& field(std::uint32_t number) const { return fields_[number]; }

  private:
    class Handler;

    std::vector<Field> fields_;
};

}  // namespace millrace
