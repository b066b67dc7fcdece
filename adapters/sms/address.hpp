#pragma once

#include <string>
#include <string_view>

#include "millrace/v1/sms.pb.h"

// Who sends and receives: numbers of the whole world (ITU-T E.164), short codes, names.
namespace millrace::sms {

// How a provider writes numbers.
enum class Numbers {
    with_plus,      // `+15550100`. Digits alone are a short code, or a number that is not of the whole world.
    international,  // `15550100`, and short codes; what has 8 digits and more is a number of the whole world.
};

// What the provider wrote, and what it is. No country is guessed, and no `+` put before what may be a short code.
v1::Sms::Address address_of(std::string_view raw, Numbers numbers);

// What tells it from others: the E.164 number where there is one, else what the provider wrote.
const std::string& key_of(const v1::Sms::Address& address);

// Of a number of the whole world, its digits alone, as some providers want them; anything else as it is.
std::string_view without_plus(std::string_view address);

}  // namespace millrace::sms
