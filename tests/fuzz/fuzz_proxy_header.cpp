// Any bytes in front of a connection: a header is as long as it says, has both ends or none, and is known as soon as it
// is whole, whatever follows it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/common/proxy_header.hpp"

namespace {

using millrace::parse_proxy_header;
using millrace::ProxyHeader;
using Step = ProxyHeader::Step;

void require(bool condition) {
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const ProxyHeader whole = parse_proxy_header(bytes);
    require(whole.client.has_value() == whole.server.has_value());
    require(whole.step != Step::need_more || size < millrace::kProxyHeaderBytesMax);
    if (whole.step == Step::done) require(whole.bytes <= size && whole.bytes <= millrace::kProxyHeaderBytesMax);
    for (std::size_t i = 0; i < size && i < 600; ++i) {
        const ProxyHeader part = parse_proxy_header(bytes.substr(0, i));
        if (part.step == Step::done) require(whole.step == Step::done && whole.bytes == part.bytes);
        if (part.step == Step::bad) require(whole.step == Step::bad);
        if (whole.step == Step::done && i < whole.bytes) require(part.step == Step::need_more);
    }
    return 0;
}
