#pragma once

#include <string>

#include "gateway/admin/overview.hpp"

// The overview in Prometheus' text format (version 0.0.4). Base units; counters end in _total; labels have their values
// from the configuration alone, so their number is bounded. docs/running.md lists every name.
namespace millrace::admin {

std::string to_prometheus(const Overview& overview);

}  // namespace millrace::admin
