#include "gateway/core/departure.hpp"

#include <cstring>

namespace millrace {
namespace {

struct Head {
    std::uint32_t payload_kind;
    std::uint32_t hops;
    std::uint32_t is_reported;
    std::uint32_t from_size;
    std::uint64_t body_size;
};

}  // namespace

std::string to_row(const Parcel& parcel) {
    const std::string_view from = parcel.from ? std::string_view(parcel.from->place.address) : std::string_view();
    const Head head{parcel.payload_kind, parcel.hops, parcel.is_reported, static_cast<std::uint32_t>(from.size()),
                    parcel.body().size()};
    std::string row(reinterpret_cast<const char*>(&head), sizeof head);
    row.reserve(sizeof head + from.size() + parcel.body().size() + parcel.payload().size());
    return row.append(from).append(parcel.body()).append(parcel.payload());
}

std::optional<Departure> from_row(std::string_view row) {
    Head head;
    if (row.size() < sizeof head) return std::nullopt;
    std::memcpy(&head, row.data(), sizeof head);
    row.remove_prefix(sizeof head);
    if (head.from_size > row.size() || head.body_size > row.size() - head.from_size) return std::nullopt;
    const std::string_view from = row.substr(0, head.from_size);
    row.remove_prefix(head.from_size);
    return Departure{head.payload_kind,          head.hops,
                     head.is_reported != 0,      from,
                     row.substr(head.body_size), row.substr(0, head.body_size)};
}

}  // namespace millrace
