#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/core/parcel.hpp"

// What goes to an address of an adapter (`plant:alerts/1`), as it stands in the outbox on the disk until the adapter
// has told what became of it (contract T3). The row has its target and its correlation; these bytes have the rest.
// Thread: any.
namespace millrace {

struct Departure {
    std::uint32_t payload_kind = 0;
    std::uint32_t hops = 0;
    bool is_reported = false;
    std::string_view from;  // The address of who sent it.
    std::string_view payload;
    std::string_view body;
};

std::string to_row(const Parcel& parcel);

// Views into the row; nothing where it was not written by to_row().
std::optional<Departure> from_row(std::string_view row);

}  // namespace millrace
