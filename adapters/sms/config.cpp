#include "adapters/sms/config.hpp"

#include <algorithm>
#include <utility>

namespace millrace::sms {
namespace {

constexpr std::string_view kAuto = "auto";

std::string names_of_providers() {
    std::string names;
    for (const Provider& provider : providers()) (names += names.empty() ? "" : ", ").append(provider.name);
    return names;
}

}  // namespace

void ProviderSettings::judge(const Config& config) {
    provider = find_provider(provider_name);
    if (!provider) config.error("provider", "`" + provider_name + "` is none of " + names_of_providers());
    url = PublicUrl(public_url, strip_prefix.value_or(""));
    if (!url.is_good())
        config.error("public_url", "`" + public_url + "` is no URL such as https://sms.example.com/");
    else if (!url.has_prefix())
        config.error("strip_prefix", "the path of public_url does not begin with `" + *strip_prefix + "`");
    if (provider) read_verification(config);

    account = {account_settings.id.value_or(""), account_settings.secret.value_or(""),
               account_settings.application.value_or(""), account_settings.base_url.value_or(""),
               account_settings.report_url.value_or("")};
    if (account.base_url.ends_with('/')) account.base_url.pop_back();
    if (!consent.stop.empty()) words.stop = consent.stop;
    if (!consent.start.empty()) words.start = consent.start;
    if (!consent.help.empty()) words.help = consent.help;
}

void ProviderSettings::read_verification(const Config& config) {
    std::vector<const SignatureScheme*> schemes = schemes_of(*provider);
    if (verify != kAuto) schemes = {find_scheme(verify)};
    if (!schemes.front())
        return config.error("verify", "`" + verify + "` is neither auto nor none nor a scheme of the adapter's README");
    std::vector<std::string> secrets;
    for (const std::optional<std::string>* token : {&auth_token, &next_auth_token}) {
        if (*token) secrets.push_back(**token);
    }
    std::string wrong;
    verifier = SignatureVerifier::make(std::move(schemes), secrets, wrong);
    if (!verifier) config.error("auth_token", wrong);
}

Settings::Settings(const Config& config) {
    read(config, *this);
    ListenSettings::judge(config);
    ProviderSettings::judge(config);
    for (const std::string& text : media.allowed_texts) {
        if (!media.allowed.add(text))
            config.error("media.allow", "`" + text + "` is neither an IP address nor a network like 10.0.0.0/8");
    }
}

http::Limits Settings::limits() const {
    http::Limits limits = ServerSettings::limits();
    limits.answer_ms =
        std::min<std::int64_t>(limits.answer_ms, provider->answer_within_ms - provider->answer_within_ms / 8);
    return limits;
}

}  // namespace millrace::sms
