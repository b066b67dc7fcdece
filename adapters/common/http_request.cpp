#include "adapters/common/http_request.hpp"

#include <strings.h>

#include <algorithm>

namespace millrace {

const HttpHeader* find_header(const std::vector<HttpHeader>& headers, std::string_view name) {
    const auto found = std::find_if(headers.begin(), headers.end(), [name](const HttpHeader& it) {
        return it.name.size() == name.size() && ::strncasecmp(it.name.data(), name.data(), name.size()) == 0;
    });
    return found == headers.end() ? nullptr : &*found;
}

}  // namespace millrace
