#include "adapters/chat/common/tried.hpp"

#include <algorithm>
#include <charconv>

#include "adapters/common/base64.hpp"
#include "adapters/common/digest.hpp"

namespace millrace::chat {
namespace {

constexpr std::string_view kPrefix = "tried ";
constexpr std::string_view kUnderWay = "under way";
constexpr std::string_view kSent = "sent";

std::uint64_t id_of(std::string_view name) {
    std::uint64_t id = 0;
    std::from_chars(name.data(), name.data() + name.size(), id);
    return id;
}

std::string key_of(std::string_view name) { return std::string(kPrefix).append(name); }

}  // namespace

std::string Tried::name_of(std::uint64_t id, std::initializer_list<std::string_view> what) {
    if (id == 0) return {};
    const std::string hash = digest(Digest::sha256, what);
    return std::to_string(id) + "-" + hex_encoded(std::string_view(hash).substr(0, 8));
}

Tried::Tried(Ledger& ledger) : ledger_(ledger) {
    for (const auto& [key, value] : ledger.cursors()) {
        if (key.starts_with(kPrefix)) ended_.push_back(key.substr(kPrefix.size()));
    }
    std::ranges::sort(ended_, {}, id_of);  // Later ones have greater ids.
}

Tried::State Tried::state(std::string_view name) const {
    const std::string_view value = name.empty() ? "" : ledger_.cursor(key_of(name));
    return value.empty() ? State::fresh : value == kSent ? State::sent : State::under_way;
}

void Tried::begin(std::string_view name) {
    if (!name.empty()) ledger_.move(key_of(name), kUnderWay);
}

void Tried::free(std::string_view name) {
    if (!name.empty()) ledger_.move(key_of(name), {});
}

void Tried::end(std::string_view name, bool is_sent) {
    if (name.empty()) return;
    if (is_sent) ledger_.move(key_of(name), kSent);
    ended_.emplace_back(name);
    for (; ended_.size() > kKeptMax; ended_.pop_front()) ledger_.move(key_of(ended_.front()), {});
}

}  // namespace millrace::chat
