#pragma once

#include <string>
#include <vector>

#include "millrace/abi.h"
#include "millrace/detail/bytes.hpp"

namespace millrace::conformance {

// Reads a configuration only: the errors as "path: text", in order.
inline std::vector<std::string> config_errors(const millrace_adapter* adapter, const std::string& config) {
    std::vector<std::string> errors;
    const auto add = [](void* list, millrace_bytes path, millrace_bytes text) {
        auto& added = static_cast<std::vector<std::string>*>(list)->emplace_back(detail::view(path));
        added.append(": ").append(detail::view(text));
    };
    const millrace_errors sink{sizeof sink, 0, &errors, add};
    void* self = nullptr;
    if (adapter->create(nullptr, detail::bytes(config), &sink, &self) == MILLRACE_OK) adapter->destroy(self);
    return errors;
}

}  // namespace millrace::conformance
