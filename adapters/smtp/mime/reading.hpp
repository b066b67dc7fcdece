#pragma once

#include "adapters/smtp/mime/charsets.hpp"
#include "adapters/smtp/mime/defects.hpp"
#include "adapters/smtp/mime/limits.hpp"

namespace millrace::smtp::mime {

// What all that read one mail share. The members outlive the reading.
struct Reading {
    const Limits& limits;
    Charsets& charsets;
    Defects& defects;
};

}  // namespace millrace::smtp::mime
