// Values of header fields from anyone, through everything that reads them: nothing breaks, what comes out is valid
// UTF-8 in one line, and no longer than what went in can make it.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "adapters/common/utf8.hpp"
#include "adapters/smtp/mime/addresses.hpp"
#include "adapters/smtp/mime/content_field.hpp"
#include "adapters/smtp/mime/date.hpp"
#include "adapters/smtp/mime/encoded_word.hpp"
#include "adapters/smtp/mime/file_name.hpp"
#include "adapters/smtp/mime/message_ids.hpp"

namespace {

using namespace millrace::smtp::mime;

constexpr std::size_t kEntriesMax = 10;
constexpr std::size_t kGrowthMax = 16;  // U+FFFD for one octet, and the longest characters of what iconv knows.

void require(bool condition) {
    if (!condition) std::abort();
}

void require_text(std::string_view text) { require(millrace::is_utf8(text)); }

void require_line(std::string_view text) {
    require_text(text);
    require(text.find('\n') == std::string_view::npos && text.find('\r') == std::string_view::npos);
}

void check_name(std::string_view value) {
    const std::string name = safe_file_name(millrace::as_utf8(value));
    require_line(name);
    require(name.size() <= 255 && name.find_first_of("/\\:") == std::string::npos);
    require(safe_file_name(name) == name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Charsets charsets;
    const std::string_view value(reinterpret_cast<const char*>(data), size);

    TextFaults faults;
    std::string text;
    append_text(text, value, charsets, faults);
    require_line(text);
    require(text.size() <= size * kGrowthMax);

    const AddressList list = parse_addresses(value, charsets, kEntriesMax);
    require(list.addresses.size() <= kEntriesMax);
    for (const Address& address : list.addresses) {
        require_line(address.name);
        require_line(address.address);
        require_line(address.group);
    }

    const ContentField field = parse_content_field(value, charsets, kEntriesMax);
    require(field.parameters.size() <= kEntriesMax);
    for (const Parameter& parameter : field.parameters) require_text(parameter.value);

    for (const std::string& id : parse_message_ids(value, kEntriesMax).ids) {
        require_line(id);
        require(!id.empty() && id.find(' ') == std::string::npos);
    }
    if (const auto date = parse_date(value)) require(date->zone_min > -1440 && date->zone_min < 1440);
    check_name(value);
    return 0;
}
