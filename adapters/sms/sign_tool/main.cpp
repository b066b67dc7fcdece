#include <ctime>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <string_view>

#include "adapters/sms/sample.hpp"
#include "adapters/sms/sign.hpp"

// `millrace sign`: prints a curl command that brings a message to a gateway as a provider would.
namespace {

using namespace millrace::sms;

constexpr int kUsage = 64;

constexpr const char* kHelp =
    "Usage: millrace sign PROVIDER --secret SECRET --url URL [OPTION VALUE]..\n"
    "Prints a curl command: a message to the gateway, signed as this provider signs its webhooks.\n"
    "\n"
    "  PROVIDER   twilio, vonage-sms, vonage-messages, plivo, messagebird, telnyx, sinch, bandwidth, kannel, generic\n"
    "  --secret   what auth_token says; of telnyx the private key's seed, 32 bytes in base64; - reads it from the "
    "input\n"
    "  --url      the public_url, or a URL under it\n"
    "  --at       where the gateway listens, such as http://127.0.0.1:8081; else the URL itself is called\n"
    "  --text     the message, `hello`\n"
    "  --from     who sends it, +15550123\n"
    "  --to       our number, +15550100\n"
    "  --id       the provider's id of it; else a new one\n"
    "  --scheme   the signature, where it is not the provider's first\n"
    "  --account  whom a token names\n"
    "\n"
    "  millrace sign twilio --secret 12345 --url https://sms.example.com/ --at http://127.0.0.1:8081 --text hi | sh\n";

std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'')
            out += "'\\''";
        else
            out += c;
    }
    return out + "'";
}

// The URL with another origin.
std::string moved(const std::string& url, const std::string& origin) {
    const std::size_t scheme = url.find("://");
    const std::size_t path = scheme == url.npos ? 0 : url.find_first_of("/?", scheme + 3);
    return origin + (path == url.npos ? "/" : url.substr(path));
}

std::string random_id() {
    std::random_device random;
    return std::to_string(std::uint64_t{random()} << 32 | random());
}

int fail(const std::string& why) {
    std::cerr << "millrace sign: " << why << "; --help says more\n";
    return kUsage;
}

int run(const std::string& provider, std::map<std::string, std::string> options) {
    for (const char* name : {"--secret", "--url"}) {
        if (options[name].empty()) return fail(std::string(name) + " is missing");
    }
    if (options["--secret"] == "-") std::getline(std::cin, options["--secret"]);
    const std::string id = options["--id"].empty() ? random_id() : options["--id"];
    const std::int64_t now_s = std::time(nullptr);
    auto draft =
        sample_of(provider, options["--url"], {id, options["--from"], options["--to"], options["--text"], now_s});
    if (!draft) return fail("there is no provider `" + provider + "`");
    const std::string scheme(options["--scheme"].empty() ? default_scheme_of(provider) : options["--scheme"]);
    if (!find_scheme(scheme)) return fail("there is no scheme `" + scheme + "`");
    const std::string wrong =
        sign({find_scheme(scheme), options["--secret"], options["--account"], "nonce-" + random_id(), now_s}, *draft);
    if (!wrong.empty()) return fail(wrong);

    std::cout << "curl -sS -X " << draft->method;
    for (const auto& [name, value] : draft->headers) std::cout << " -H " << quoted(name + ": " + value);
    if (!draft->body.empty()) std::cout << " --data-binary " << quoted(draft->body);
    std::cout << ' ' << quoted(options["--at"].empty() ? draft->url : moved(draft->url, options["--at"])) << '\n';
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::map<std::string, std::string> options{{"--secret", ""},        {"--url", ""},     {"--at", ""},
                                               {"--text", "hello"},     {"--id", ""},      {"--scheme", ""},
                                               {"--from", "+15550123"}, {"--account", ""}, {"--to", "+15550100"}};
    std::string provider;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--help" || word == "-h") return std::cout << kHelp, 0;
        const auto option = options.find(word);
        if (option != options.end() && i + 1 < argc)
            option->second = argv[++i];
        else if (option == options.end() && !word.starts_with('-') && provider.empty())
            provider = word;
        else
            return fail("`" + word + "` is not understood");
    }
    if (provider.empty()) return fail("a provider is missing");
    return run(provider, std::move(options));
}
