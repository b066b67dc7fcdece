#include "adapters/common/http/response.hpp"

#include <array>
#include <charconv>

namespace millrace::http {
namespace {

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits;
    const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

// RFC 9110 §8.6: such an answer has no length.
bool is_without_length(unsigned status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

void write_response(std::string& out, const Response& response, std::string_view common_headers,
                    const ResponseTerms& terms) {
    const bool has_length = !is_without_length(response.status);
    out.append("HTTP/1.1 ");
    append_number(out, response.status);
    out.append(" ").append(reason_phrase(response.status)).append("\r\n");
    out.append(common_headers).append(response.headers);
    if (terms.is_last)
        out.append("Connection: close\r\n");
    else if (terms.is_of_1_0)
        out.append("Connection: keep-alive\r\n");
    if (has_length && !response.content_type.empty())
        out.append("Content-Type: ").append(response.content_type).append("\r\n");
    if (has_length) {
        out.append("Content-Length: ");
        append_number(out, response.body.size());
        out.append("\r\n");
    }
    out.append("\r\n");
    if (has_length && !terms.has_no_body) out.append(response.body);
}

Response to_response(const Refusal& refusal, std::string& body) {
    body = refusal.text + "\n";
    return {refusal.status, "text/plain; charset=utf-8", body, refusal.headers};
}

void write_continue(std::string& out) { out.append("HTTP/1.1 100 Continue\r\n\r\n"); }

std::string_view reason_phrase(unsigned status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 410:
            return "Gone";
        case 411:
            return "Length Required";
        case 413:
            return "Payload Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Entity";
        case 426:
            return "Upgrade Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            break;
    }
    return status < 300 ? "Success" : status < 400 ? "Redirection" : "Refused";
}

}  // namespace millrace::http
