// Signatures and segments of SMS as a program, for tests in other languages: a JSON object a line in, an answer a line
// out.
//
//   {"sign": SCHEME, "secret", "nonce", "now", "method", "url", "headers": [[NAME, VALUE], ..], "body": HEX}
//                                   -> the request signed, in the same form
//   {"verify": SCHEME, "secret", "now", "method", "url", "headers", "body"}    -> the number of the refusal; 0: none
//   {"segments": TEXT}                                                         -> encoding units count
#include <boost/json.hpp>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "adapters/common/base64.hpp"
#include "adapters/sms/segments.hpp"
#include "adapters/sms/sign.hpp"
#include "adapters/sms/signature.hpp"

namespace {

using namespace millrace;
using namespace millrace::sms;
namespace json = boost::json;

std::string text(const JsonView& request, std::string_view name) { return std::string(request[name].text()); }

Draft draft_of(const JsonView& request) {
    Draft draft{text(request, "method"), text(request, "url"), {}, hex_decoded(request["body"].text()).value_or("")};
    for (std::size_t i = 0; i < request["headers"].size(); ++i)
        draft.headers.emplace_back(request["headers"][i][0].text(), request["headers"][i][1].text());
    return draft;
}

std::string signed_draft(const JsonView& request) {
    Draft draft = draft_of(request);
    const std::string wrong = sign({find_scheme(request["sign"].text()), text(request, "secret"), "acct",
                                    text(request, "nonce"), request["now"].integer().value_or(0)},
                                   draft);
    if (!wrong.empty()) return wrong;
    json::array headers;
    for (const auto& [name, value] : draft.headers) headers.push_back(json::array{name, value});
    return json::serialize(json::object{
        {"method", draft.method}, {"url", draft.url}, {"headers", headers}, {"body", hex_encoded(draft.body)}});
}

std::string verified(const JsonView& request) {
    const Draft draft = draft_of(request);
    std::vector<Header> headers;
    for (const auto& [name, value] : draft.headers) headers.push_back({name, value});
    Payload payload;
    if (const Fault fault = payload.decode({draft.method, draft.url, headers, draft.body}))
        return std::string(fault.text);
    std::string error;
    const std::vector<std::string> secrets{text(request, "secret")};
    const auto verifier = SignatureVerifier::make({find_scheme(request["verify"].text())}, secrets, error);
    if (!verifier) return error;
    return std::to_string(static_cast<int>(verifier->verify(payload, request["now"].integer().value_or(0)).refusal));
}

std::string counted(std::string_view text) {
    const Segments segments = count_segments(text);
    return std::to_string(segments.encoding) + " " + std::to_string(segments.units) + " " +
           std::to_string(segments.count);
}

}  // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);) {
        const auto value = parse_json(line);
        const JsonView request = value ? JsonView(*value) : JsonView();
        if (request["sign"].is_text())
            std::cout << signed_draft(request) << '\n';
        else if (request["verify"].is_text())
            std::cout << verified(request) << '\n';
        else if (request["segments"].is_text())
            std::cout << counted(request["segments"].text()) << '\n';
        else
            std::cout << "no request\n";
    }
}
