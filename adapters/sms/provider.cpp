#include "adapters/sms/provider.hpp"

#include <algorithm>
#include <array>

#include "adapters/sms/segments.hpp"

namespace millrace::sms {
namespace {

constexpr std::array kProviders = {
    Provider{"twilio", "twilio", read_twilio, twiml, Carries::all, build_twilio, details_of_twilio, 15'000},
    Provider{"vonage-sms", "vonage-md5hash", read_vonage_sms, nullptr, Carries::nothing, build_vonage_sms,
             details_of_vonage_sms, 10'000},
    Provider{"vonage-messages", "vonage-jwt", read_vonage_messages, nullptr, Carries::nothing, build_vonage_messages,
             details_of_vonage_messages, 10'000},
    Provider{"plivo", "plivo-v3 plivo-ma-v3 plivo-v2 plivo-ma-v2", read_plivo, plivo_xml, Carries::text, build_plivo,
             details_of_plivo, 8'000},
    Provider{"messagebird", "messagebird-jwt", read_messagebird, nullptr, Carries::nothing, build_messagebird,
             details_of_messagebird, 10'000},
    Provider{"telnyx", "telnyx", read_telnyx, nullptr, Carries::nothing, build_telnyx, details_of_telnyx, 2'000},
    Provider{"sinch", "sinch", read_sinch, nullptr, Carries::nothing, build_sinch, details_of_sinch, 10'000},
    Provider{"bandwidth", "basic", read_bandwidth, nullptr, Carries::nothing, build_bandwidth, details_of_bandwidth,
             10'000},
    Provider{"kannel", "basic", read_kannel, kannel_text, Carries::gsm7, build_kannel, details_of_kannel, 30'000},
    Provider{"generic", "standard-webhooks", read_generic, nullptr, Carries::nothing, build_generic, details_of_generic,
             10'000},
};

}  // namespace

std::span<const Provider> providers() { return kProviders; }

bool carries(const Provider& provider, std::string_view text, bool has_media) {
    switch (provider.carries) {
        case Carries::nothing:
            return false;
        case Carries::gsm7:
            return !has_media && count_segments(text).encoding == v1::Sms::GSM7;
        case Carries::text:
            return !has_media;
        case Carries::all:
            return true;
    }
    return false;
}

const Provider* find_provider(std::string_view name) {
    const auto* const found =
        std::find_if(kProviders.begin(), kProviders.end(), [name](const Provider& it) { return it.name == name; });
    return found == kProviders.end() ? nullptr : found;
}

std::vector<const SignatureScheme*> schemes_of(const Provider& provider) {
    std::vector<const SignatureScheme*> schemes;
    for (std::string_view names = provider.schemes; !names.empty();) {
        const std::size_t space = names.find(' ');
        schemes.push_back(find_scheme(names.substr(0, space)));
        names.remove_prefix(space == names.npos ? names.size() : space + 1);
    }
    return schemes;
}

}  // namespace millrace::sms
