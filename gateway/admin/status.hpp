#pragma once

#include <string>

#include "gateway/admin/overview.hpp"

// The overview as JSON: /v1/status. Keys are only added, never renamed.
namespace millrace::admin {

std::string to_json(const Overview& overview);

}  // namespace millrace::admin
