// Any bytes as JSON: a value within its limits, or none; and looking where nothing is finds nothing.
#include <boost/json/object.hpp>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/common/json.hpp"
#include "adapters/common/utf8.hpp"

namespace {

using namespace millrace;

void require(bool condition) {
    if (!condition) std::abort();
}

void walk(const JsonView& view, int depth) {
    require(depth <= 17);
    require(is_utf8(view.text()) && is_utf8(view.scalar()));
    if (view.is_text()) require(view.scalar() == view.text());
    require(view[view.size()].value() == nullptr && view["no such member"]["x"][0].scalar().empty());
    for (std::size_t i = 0; i < view.size(); ++i) walk(view[i], depth + 1);
    if (!view.is_object()) return;
    for (const auto& member : view.value()->get_object()) walk(view[member.key()], depth + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto value = parse_json(text);
    if (!value) return 0;
    walk(JsonView(*value), 0);
    require(!parse_json(text, {.depth = 0}) || !value->is_structured());
    return 0;
}
