#pragma once

#include <vector>

#include "adapters/smtp/mime/header_reader.hpp"
#include "adapters/smtp/mime/reading.hpp"
#include "millrace/v1/email.pb.h"

namespace millrace::smtp {

// The header section of a mail: all fields, and what is known of some of them.
void normalise_header(const std::vector<mime::Field>& fields, const mime::Reading& reading, v1::Email& email);

}  // namespace millrace::smtp
