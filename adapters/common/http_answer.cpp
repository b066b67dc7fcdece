#include "adapters/common/http_answer.hpp"

namespace millrace {

std::string_view HttpAnswer::header(std::string_view name) const {
    const HttpHeader* const found = find_header(headers, name);
    return found ? std::string_view(found->value) : std::string_view();
}

Fate HttpAnswer::fate() const {
    if (reach == Reach::malformed) return Fate::rejected;
    if (reach == Reach::not_sent) return Fate::retry;
    if (status == 0) return Fate::unknown;
    if (status / 100 == 2) return reach == Reach::answered ? Fate::sent : Fate::unknown;
    if (status == 408 || status == 425 || status == 429 || status == 503) return Fate::retry;
    return status >= 500 ? Fate::unknown : Fate::rejected;
}

}  // namespace millrace
