#pragma once

#include "millrace/v1/email.pb.h"

namespace millrace::smtp {

// What kind of mail it is, by all else that is known of it.
void normalise_marks(v1::Email& email);

}  // namespace millrace::smtp
