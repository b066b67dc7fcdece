#include "adapters/common/http/framing.hpp"

#include <limits>

#include "adapters/common/header_list.hpp"
#include "adapters/common/http/grammar.hpp"

namespace millrace::http {

Fault Framing::add(std::string_view name, std::string_view value) {
    switch (name.size()) {
        case 4:
            if (!is_word(name, "host")) break;
            ++hosts_;
            return all(kHostAndPort, value) ? Fault::none : Fault::host_value;
        case 6:
            if (!is_word(name, "expect")) break;
            (is_word(value, "100-continue") ? expects_continue_ : expects_other_) = true;
            break;
        case 10:
            if (is_word(name, "connection")) return add_connection(value);
            break;
        case 14:
            if (is_word(name, "content-length")) return add_length(value);
            break;
        case 16:
            if (is_word(name, "content-encoding") && !is_word(value, "identity")) is_compressed_ = true;
            break;
        case 17:
            if (is_word(name, "transfer-encoding")) return add_coding(value);
            break;
        default:
            break;
    }
    return Fault::none;
}

Fault Framing::add_connection(std::string_view value) {
    for (const std::string_view option : split_list(value, ',')) {
        if (is_word(option, "close")) is_last_ = true;
        if (is_word(option, "keep-alive")) is_kept_ = true;
    }
    return Fault::none;
}

Fault Framing::add_length(std::string_view value) {
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
    if (++lengths_ > 1) return Fault::two_lengths;
    if (value.empty()) return Fault::length_value;
    for (const char c : value) {
        if (c < '0' || c > '9') return Fault::length_value;
        const auto digit = static_cast<std::size_t>(c - '0');
        length_ = length_ > (kMost - digit) / 10 ? kMost : length_ * 10 + digit;
    }
    return Fault::none;
}

Fault Framing::add_coding(std::string_view value) {
    if (++codings_ > 1) return Fault::two_codings;
    return is_word(value, "chunked") ? Fault::none : Fault::coding;
}

Fault Framing::finish(int minor_version, std::size_t body_bytes_max) {
    if (hosts_ > 1 || (hosts_ == 0 && minor_version > 0)) return Fault::host_count;
    if (codings_ != 0 && minor_version == 0) return Fault::coding_in_1_0;
    if (codings_ != 0 && lengths_ != 0) return Fault::length_and_coding;
    if (minor_version == 0) {
        is_last_ = is_last_ || !is_kept_;
        expects_continue_ = expects_other_ = false;
    }
    if (expects_other_) return Fault::expectation;
    if (is_compressed_) return Fault::body_coding;
    if (length_ > body_bytes_max) return Fault::body_too_large;
    return Fault::none;
}

}  // namespace millrace::http
