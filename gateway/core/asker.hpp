#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

// Who waits to hear what becomes of a command, as it can be written down: found again by its address when the scope
// that it asked from, or the process, is another one. Borrows the address.
struct Asker {
    std::uint64_t correlation = 0;
    std::string_view address;  // `survey@sms:+1/+2`: a consumer of a scope; or a channel, `bank:alice`.

    // What an adapter keeps: `17 bank:alice`. Nothing where the words are none of those.
    std::string to_words() const { return std::to_string(correlation).append(" ").append(address); }
    static std::optional<Asker> from_words(std::string_view words) {
        Asker asker;
        const auto [end, error] = std::from_chars(words.data(), words.data() + words.size(), asker.correlation);
        const auto size = static_cast<std::size_t>(end - words.data());
        if (error != std::errc() || size == words.size() || words[size] != ' ') return std::nullopt;
        asker.address = words.substr(size + 1);
        const bool is_address = asker.address.find(':') != std::string_view::npos && !asker.consumer().empty();
        return is_address ? std::optional(asker) : std::nullopt;
    }

    std::string_view consumer() const { return address.substr(0, address.find_first_of("@:")); }
    bool is_channel() const { return address.find('@') > address.find(':'); }

    // The address of its scope; empty: it is a channel.
    std::string_view scope() const { return is_channel() ? std::string_view() : address.substr(address.find('@') + 1); }

    // The key of its scope, where that is one of the adapter.
    std::string_view key_in(std::string_view adapter) const {
        const std::string_view of = scope();
        const bool is_its = of.size() > adapter.size() && of.starts_with(adapter) && of[adapter.size()] == ':';
        return is_its ? of.substr(adapter.size() + 1) : std::string_view();
    }
};

}  // namespace millrace
