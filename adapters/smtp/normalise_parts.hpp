#pragma once

#include <string>
#include <vector>

#include "adapters/common/digest.hpp"
#include "adapters/smtp/mime/part.hpp"
#include "adapters/smtp/mime/reading.hpp"
#include "millrace/v1/email.pb.h"

namespace millrace::smtp {

// The parts of a mail: its tree, the bodies, calendars, and the report that it may be. Appends the plain text to
// `text`.
void normalise_parts(const std::vector<mime::Part>& parts, const mime::Reading& reading, Sha256& sha256,
                     v1::Email& email, std::string& text);

}  // namespace millrace::smtp
