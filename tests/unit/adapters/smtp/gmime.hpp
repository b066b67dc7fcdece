#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::smtp {

// What GMime 3 makes of mail, for comparison: it is no part of the product (docs/decisions/). Not thread-safe.
namespace gmime {

// `depth type "content as it came"` of each part, in the order of the tree.
std::vector<std::string> structure(const std::string& raw);

// `group:name<address>` of each mailbox.
std::vector<std::string> addresses(const std::string& value);

struct Date {
    long long seconds;
    int zone_min;
};
std::optional<Date> date(const std::string& value);

// Of a Content-Type field.
std::vector<std::pair<std::string, std::string>> parameters(const std::string& value);

// Unstructured text.
std::string text(const std::string& value);

}  // namespace gmime
}  // namespace millrace::smtp
