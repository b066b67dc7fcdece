#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace millrace::chat::irc {

struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

// By text, looked up by view.
template <class Value> using StringMap = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

}  // namespace millrace::chat::irc
