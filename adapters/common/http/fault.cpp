#include "adapters/common/http/fault.hpp"

#include <utility>

namespace millrace::http {
namespace {

std::string retry_after(std::int64_t seconds) { return "Retry-After: " + std::to_string(seconds) + "\r\n"; }

std::pair<unsigned, std::string_view> status_and_text(Fault fault) {
    switch (fault) {
        case Fault::none:
            break;
        case Fault::line_end:
            return {400, "Each line of the header has to end with CRLF."};
        case Fault::request_line:
            return {400, "The first line is not METHOD TARGET HTTP/1.1."};
        case Fault::target:
            return {400, "The request's target is no path."};
        case Fault::version:
            return {505, "HTTP/1.1 and HTTP/1.0 are spoken here."};
        case Fault::target_too_long:
            return {414, "The request's target is too long."};
        case Fault::head_too_large:
            return {431, "The request's header is too large."};
        case Fault::too_many_headers:
            return {431, "The request has too many headers."};
        case Fault::header_name:
            return {400, "A header's name is no token."};
        case Fault::header_value:
            return {400, "A header's value has a control character."};
        case Fault::folded_header:
            return {400, "A header may not go on in the next line."};
        case Fault::host_count:
            return {400, "The request needs one Host header."};
        case Fault::host_value:
            return {400, "The Host header names no host."};
        case Fault::length_value:
            return {400, "Content-Length is no number."};
        case Fault::two_lengths:
            return {400, "The request may have one Content-Length header."};
        case Fault::length_and_coding:
            return {400, "The request may not have both Content-Length and Transfer-Encoding."};
        case Fault::coding:
            return {501, "Of the transfer codings, `chunked` alone is understood."};
        case Fault::two_codings:
            return {400, "The request may have one Transfer-Encoding header."};
        case Fault::coding_in_1_0:
            return {400, "HTTP/1.0 has no Transfer-Encoding."};
        case Fault::chunk:
            return {400, "The body's chunks are malformed."};
        case Fault::chunk_extensions:
            return {400, "The body's chunks have too many extensions."};
        case Fault::body_too_large:
            return {413, "The request's body is too large."};
        case Fault::body_coding:
            return {415, "Bodies may not be compressed."};
        case Fault::expectation:
            return {417, "Of the expectations, `100-continue` alone can be met."};
        case Fault::late:
            return {408, "The request did not come in time."};
    }
    return {500, "The request could not be read."};
}

}  // namespace

Refusal refusal_of(Fault fault) {
    const auto [status, text] = status_and_text(fault);
    return {status, std::string(text), fault == Fault::body_coding ? "Accept-Encoding: identity\r\n" : ""};
}

Refusal not_found() { return {404, "There is nothing at this path."}; }

Refusal method_not_allowed(std::string_view allowed) {
    return {405, "This path takes " + std::string(allowed) + " alone.", "Allow: " + std::string(allowed) + "\r\n"};
}

Refusal unsupported_media_type(std::string_view expected) {
    return {415, "The body has to be " + std::string(expected) + ".", "Accept: " + std::string(expected) + "\r\n"};
}

Refusal forbidden(std::string text) { return {403, std::move(text)}; }

Refusal too_many_requests(std::int64_t retry_after_s, std::string text) {
    return {429, std::move(text), retry_after(retry_after_s)};
}

Refusal try_later(std::string text, std::int64_t retry_after_s) {
    return {503, std::move(text), retry_after(retry_after_s)};
}

}  // namespace millrace::http
