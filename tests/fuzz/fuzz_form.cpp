// Any bytes as a query or form: what is read, written and read again is the same, and a URL's parts are views of it.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/common/form.hpp"
#include "adapters/common/url_parts.hpp"

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace millrace;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::optional<FormFields> form = parse_form(text, 100);
    if (form) {
        require(form->size() <= 100);
        std::string written;
        for (const FormField& field : *form) append_field(written, field.name, field.value);
        const std::optional<FormFields> again = parse_form(written, 100);
        require(again && again->size() == form->size());
        for (std::size_t i = 0; i < form->size(); ++i)
            require((*again)[i].name == (*form)[i].name && (*again)[i].value == (*form)[i].value);
    }
    const UrlParts parts = split_url(text);
    std::string url = parts.origin(parts.port).append(parts.path);
    if (parts.has_query) (url += '?') += parts.query;
    require(url.size() <= text.size());
    require(text.substr(0, text.find('#')).ends_with(parts.has_query ? parts.query : parts.path));
    return 0;
}
