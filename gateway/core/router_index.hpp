#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/core/router_pattern.hpp"

namespace millrace {

// What is known about a message, or about all messages of a scope: one match key of its adapter, and its value.
struct Attribute {
    std::string_view key;
    std::string_view value;
};

// For one adapter: which routes are worth a look. Of all match keys it takes the one that tells the most routes apart,
// and keeps the routes by the text that this key's value has to be, or has to begin with.
// Thread: any, once made.
class RouteIndex {
  public:
    // What one predicate asks of its key: one of these texts, or one of these beginnings.
    struct Key {
        std::string key;
        std::vector<std::string> literals;
        std::vector<std::string> prefixes;

        static Key of(const std::string& key, const std::vector<Pattern>& patterns);
        bool is_telling() const;
    };
    struct Row {
        std::uint32_t route = 0;
        std::vector<Key> keys;
    };

    // Routes in order, each once, among them all that match. Valid as long as the index.
    class Candidates {
      public:
        std::optional<std::uint32_t> next();

      private:
        friend RouteIndex;
        void add(const std::vector<std::uint32_t>& routes) { lists_.push_back(routes); }

        boost::container::small_vector<std::span<const std::uint32_t>, 8> lists_;
    };

    // `rows` are in the order of the routes.
    explicit RouteIndex(const std::vector<Row>& rows);

    Candidates find(std::span<const Attribute> attributes) const;

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    using Lists = std::unordered_map<std::string, std::vector<std::uint32_t>, Hash, std::equal_to<>>;

    void add(const Row& row);

    std::string key_;
    Lists literals_;
    Lists prefixes_;
    std::vector<std::size_t> prefix_sizes_;  // Ascending.
    std::vector<std::uint32_t> others_;      // Routes that the key does not tell apart.
};

}  // namespace millrace
