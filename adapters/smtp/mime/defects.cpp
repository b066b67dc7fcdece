#include "adapters/smtp/mime/defects.hpp"

#include <algorithm>

namespace millrace::smtp::mime {

void Defects::clear() {
    list_.clear();
    more_ = latest_part_ = latest_faults_ = 0;
    is_partial_ = false;
}

void Defects::add(Fault fault, std::uint32_t part, std::size_t offset) {
    if (fault == Fault::header_limit || fault == Fault::depth_limit || fault == Fault::part_limit) is_partial_ = true;
    const std::uint32_t bit = 1u << static_cast<unsigned>(fault);
    if (part != latest_part_) latest_faults_ = 0;
    latest_part_ = part;
    if ((latest_faults_ & bit) != 0) return;
    latest_faults_ |= bit;
    const auto is_same = [&](const Defect& defect) { return defect.fault == fault && defect.part == part; };
    if (std::any_of(list_.begin(), list_.end(), is_same)) return;
    if (list_.size() == kDefectsMax) {
        ++more_;
        return;
    }
    list_.push_back({fault, part, offset});
}

}  // namespace millrace::smtp::mime
