#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/core/router_condition.hpp"

namespace millrace {

// For one adapter: which routes are worth a look. Of all match keys it takes the one that tells the most routes apart,
// and keeps the routes by the text that this key's value has to be, or has to begin with.
// Thread: any, once made.
class RouteIndex {
  public:
    // What one predicate asks of its key: one of these texts, or one of these beginnings.
    struct Key {
        std::string key;
        bool is_attribute = false;  // What is known as a scope opens is worth more.
        std::vector<std::string> literals;
        std::vector<std::string> prefixes;

        static Key of(const Predicate& predicate);
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

    RouteIndex() = default;

    // `rows` are in the order of the routes.
    explicit RouteIndex(const std::vector<Row>& rows);

    // The key that tells the routes apart; empty where none does.
    const std::string& key() const { return key_; }

    // Of all messages for whose key this has been found.
    Candidates find(const Finding& finding) const;

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    using Lists = std::unordered_map<std::string, std::vector<std::uint32_t>, Hash, std::equal_to<>>;

    void add(const Row& row);
    void find(std::string_view value, Candidates& candidates) const;

    std::string key_;
    Lists literals_;
    Lists prefixes_;
    std::vector<std::size_t> prefix_sizes_;  // Ascending.
    std::vector<std::uint32_t> others_;      // Routes that the key does not tell apart.
    std::vector<std::uint32_t> all_;
};

}  // namespace millrace
