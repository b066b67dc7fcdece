#include <boost/json.hpp>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/admin/letter_request.hpp"
#include "gateway/admin/spool_commands.hpp"

// Any bytes as a request about dead letters or the spool: a command comes of it, or an error with words.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace millrace;
    static const Config config = [] {
        Config with_consumer;
        with_consumer.consumers.emplace_back().name = "billing";
        return with_consumer;
    }();
    boost::json::error_code error;
    const auto parsed = boost::json::parse(std::string_view(reinterpret_cast<const char*>(data), size), error);
    const boost::json::object* request = error ? nullptr : parsed.if_object();
    if (!request) return 0;
    const auto letters = admin::read_letter_request(*request, config, 1'700'000'000'000'000);
    if (!letters && letters.error().text.empty()) std::abort();
    if (letters && !*letters) std::abort();
    const auto spool = admin::read_spool_request(*request, true);
    if (!spool && spool.error().text.empty()) std::abort();
    return 0;
}
