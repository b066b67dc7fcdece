#include "adapters/mqtt/cursor.hpp"

#include "adapters/common/utf8.hpp"

namespace millrace::mqtt {

bool is_string(std::string_view bytes) { return bytes.find('\0') == std::string_view::npos && is_utf8(bytes); }

bool is_topic_name(std::string_view bytes) {
    return !bytes.empty() && bytes.find_first_of("+#") == std::string_view::npos && is_string(bytes);
}

}  // namespace millrace::mqtt
