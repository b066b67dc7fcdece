#include "adapters/smtp/content_check.hpp"

#include <algorithm>
#include <cstring>

namespace millrace::smtp {

void ContentCheck::begin() {
    bytes_ = 0;
    line_bytes_ = 0;
    header_.begin();
    faults_ = {};
}

void ContentCheck::add(std::string_view piece) {
    bytes_ += piece.size();
    if (bytes_ > limits_.bytes_max) faults_.add(Fault::too_large);
    add_lines(piece);
    header_.add(piece);
    if (header_.bytes() > limits_.header_bytes_max) faults_.add(Fault::header_too_large);
    if (header_.fields() > limits_.fields_max) faults_.add(Fault::too_many_fields);
    if (header_.received() >= limits_.received_max) faults_.add(Fault::looping);
}

// Looks back from as far as a line may reach for the last that ends: most lines are never looked at.
void ContentCheck::add_lines(std::string_view piece) {
    while (!piece.empty() && !faults_.has(Fault::line_too_long)) {
        const std::size_t reach = std::min(limits_.line_bytes_max - line_bytes_, piece.size());
        if (const void* const lf = memrchr(piece.data(), '\n', reach)) {
            piece.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(lf) + 1 - piece.data()));
            line_bytes_ = 0;
        } else if (reach < piece.size()) {
            faults_.add(Fault::line_too_long);
        } else {
            line_bytes_ += reach;
            return;
        }
    }
}

}  // namespace millrace::smtp
