#pragma once

#include <boost/json/fwd.hpp>

#include "gateway/core/manifest.hpp"

// What a plugin says of itself, for people and for programs.
namespace millrace::cli {

// One line each: `key  max_message (size, from 1 to 1GiB, default 1MiB): a larger one closes with 1009`.
void print_manifest(const Manifest& manifest);

boost::json::object to_json(const Manifest& manifest);

}  // namespace millrace::cli
