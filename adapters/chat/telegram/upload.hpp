#pragma once

#include <string>
#include <string_view>

namespace millrace::chat::telegram {

// A form with a file, as the Bot API takes it (RFC 7578).
struct Form {
    std::string content_type{};
    std::string body{};
};

// `parameters`: those of the call, JSON, an object. `name`: of the file, for people; what does not belong into a header
// is replaced.
Form upload_form(std::string_view parameters, std::string_view member, std::string_view name, std::string_view bytes);

}  // namespace millrace::chat::telegram
