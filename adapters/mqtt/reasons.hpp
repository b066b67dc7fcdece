#pragma once

#include <cstdint>
#include <string_view>

#include "adapters/mqtt/protocol.hpp"

namespace millrace::mqtt {

// What a CONNACK's code says: a return code of 3.1.1 (§3.2.2.3) or a reason code of 5. Empty: nothing known.
std::string_view words_of_connack(Version version, std::uint8_t code);

// What a reason code of 5 says (§2.4). Empty: nothing known.
std::string_view words_of(Reason reason);

}  // namespace millrace::mqtt
