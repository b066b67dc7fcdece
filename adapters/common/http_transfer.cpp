#include "adapters/common/http_transfer.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <utility>

#include "adapters/common/retry_after.hpp"
#include "adapters/common/utf8.hpp"

namespace millrace {
namespace {

constexpr const char* kSchemes = "http,https";
constexpr std::size_t kHeaderBytesMax = 64 * 1024;

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) ||
               std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
    });
}

bool is_header_value(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::vector<std::string> secrets_of(const HttpRequest& request) {
    std::vector<std::string> secrets = request.secrets;
    if (!request.basic) return secrets;
    secrets.push_back(request.basic->password);
    secrets.push_back(request.basic->username + ":" + request.basic->password);
    return secrets;
}

std::optional<boost::asio::ip::address> address_of(const sockaddr& end) {
    namespace ip = boost::asio::ip;
    if (end.sa_family == AF_INET) {
        ip::address_v4::bytes_type bytes;
        std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in&>(end).sin_addr, bytes.size());
        return ip::address_v4(bytes);
    }
    if (end.sa_family != AF_INET6) return std::nullopt;
    ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(end).sin6_addr, bytes.size());
    return ip::address_v6(bytes);
}

// libcurl takes 0 for no limit, or for one of its own.
long to_ms(std::chrono::milliseconds limit) { return static_cast<long>(std::max<std::int64_t>(limit.count(), 1)); }

}  // namespace

std::string http_request_fault(const HttpRequest& request) {
    if (!is_token(request.method)) return "its method is none";
    if (curl_origin(request.url, kSchemes).empty()) return "its URL is none of http or https";
    for (const HttpHeader& header : request.headers) {
        if (!is_token(header.name)) return "a header's name is none";
        if (!is_header_value(header.value)) return "the header " + header.name + " has a line break in it";
    }
    const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
    if (!request.basic) return {};
    if (request.basic->username.find(':') != std::string::npos) return "the user's name has a colon in it";
    return has_nul(request.basic->username) || has_nul(request.basic->password) ? "its credentials have a NUL in them"
                                                                                : "";
}

HttpTransfer::HttpTransfer(CurlSockets& sockets, const std::optional<std::string>& ca, const std::string& user_agent,
                           HttpRequest request, Clock::time_point begin)
    : sockets_(sockets), request_(std::move(request)), origin_(curl_origin(request_.url, kSchemes)), begin_(begin),
      mask_(secrets_of(request_)), easy_(sockets, ca) {
    set_up(user_agent);
    set_up_body();
    set_up_headers(user_agent);
}

HttpTransfer::~HttpTransfer() { leave_socket(); }

void HttpTransfer::set_up(const std::string& user_agent) {
    easy_.set(CURLOPT_PRIVATE, static_cast<void*>(this));
    easy_.set(CURLOPT_URL, request_.url.c_str());
    easy_.set(CURLOPT_PROTOCOLS_STR, kSchemes);
    easy_.set(CURLOPT_PATH_AS_IS, 1L);
    easy_.set(CURLOPT_FOLLOWLOCATION, 0L);
    easy_.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    easy_.set(CURLOPT_USERAGENT, user_agent.c_str());
    easy_.set(CURLOPT_CONNECTTIMEOUT_MS, to_ms(request_.connect_timeout));
    easy_.set(CURLOPT_TIMEOUT_MS, to_ms(request_.timeout));
    easy_.set(CURLOPT_HEADERFUNCTION, on_header);
    easy_.set(CURLOPT_HEADERDATA, static_cast<void*>(this));
    easy_.set(CURLOPT_WRITEFUNCTION, on_body);
    easy_.set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    easy_.set(CURLOPT_PREREQFUNCTION, on_connected);
    easy_.set(CURLOPT_PREREQDATA, static_cast<void*>(this));
    if (request_.may_connect) {
        easy_.set(CURLOPT_OPENSOCKETFUNCTION, on_connect);
        easy_.set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
        easy_.set(CURLOPT_FRESH_CONNECT, 1L);
        easy_.set(CURLOPT_FORBID_REUSE, 1L);
    }
    if (!request_.basic) return;
    easy_.set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    easy_.set(CURLOPT_USERNAME, request_.basic->username.c_str());
    easy_.set(CURLOPT_PASSWORD, request_.basic->password.c_str());
}

void HttpTransfer::set_up_body() {
    const std::string& method = request_.method;
    if (!request_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
        easy_.set(CURLOPT_POST, 1L);
        easy_.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        easy_.set(CURLOPT_POSTFIELDS, request_.body.data());
        if (method != "POST") easy_.set(CURLOPT_CUSTOMREQUEST, method.c_str());
    } else if (method == "HEAD") {
        easy_.set(CURLOPT_NOBODY, 1L);
    } else if (method != "GET") {
        easy_.set(CURLOPT_CUSTOMREQUEST, method.c_str());
    }
}

void HttpTransfer::set_up_headers(const std::string& user_agent) {
    append(headers_, "Expect:");  // No body waits a second for a server that does not know it.
    for (const char* name : {"Accept", "Content-Type"}) {
        if (!find_header(request_.headers, name)) append(headers_, std::string(name) + ":");
    }
    if (user_agent.empty()) append(headers_, "User-Agent:");
    for (const HttpHeader& header : request_.headers) {
        const std::string_view value = trimmed(header.value);
        append(headers_, value.empty() ? header.name + ";" : header.name + ": " + std::string(value));
    }
    easy_.set(CURLOPT_HTTPHEADER, headers_.get());
}

// Of several that a name has, the next one is tried.
curl_socket_t HttpTransfer::on_connect(void* self, curlsocktype, curl_sockaddr* address) {
    HttpTransfer& it = *static_cast<HttpTransfer*>(self);
    const std::optional<boost::asio::ip::address> to = address_of(address->addr);
    if (to && it.request_.may_connect(*to)) {
        it.refusal_.clear();
        return it.sockets_.open(address->family, address->socktype, address->protocol);
    }
    it.refusal_ = "its address is not to be connected to";
    return CURL_SOCKET_BAD;
}

int HttpTransfer::on_connected(void* self, char* remote_ip, char* local_ip, int remote_port, int local_port) {
    HttpTransfer& it = *static_cast<HttpTransfer*>(self);
    return it.may_send({local_ip, local_port, remote_ip, remote_port}) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

bool HttpTransfer::may_send(const CurlSockets::Ends& ends) {
    leave_socket();
    if (sends_ > 0 && !request_.is_idempotent) {
        refusal_ = "the connection ended before an answer came";
        return false;
    }
    socket_ = sockets_.find(ends);
    long fresh = 0;
    ::curl_easy_getinfo(easy_.get(), CURLINFO_NUM_CONNECTS, &fresh);
    is_stale_ = fresh == 0 && sockets_.retire_if_ended(socket_);
    if (is_stale_) return false;
    sockets_.enter(socket_);
    ++sends_;
    return true;
}

void HttpTransfer::leave_socket() {
    if (socket_ >= 0) sockets_.leave(std::exchange(socket_, -1));
}

std::size_t HttpTransfer::on_header(const char* bytes, std::size_t size, std::size_t count, void* self) {
    HttpTransfer& it = *static_cast<HttpTransfer*>(self);
    it.header_bytes_ += size * count;
    if (it.header_bytes_ > kHeaderBytesMax) it.refusal_ = "the answer's head is larger than 64 KiB";
    return it.refusal_.empty() && it.take_header({bytes, size * count}) ? size * count : 0;
}

bool HttpTransfer::take_header(std::string_view line) {
    if (line.starts_with("HTTP/")) {  // The final head, or one of 1xx before it.
        is_head_whole_ = false;
        answer_.headers.clear();
        return true;
    }
    if (is_head_whole_) return true;  // A trailer.
    if (trimmed(line).empty()) {
        long status = 0;
        ::curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        is_head_whole_ = status >= 200;
        answer_.status = is_head_whole_ ? static_cast<int>(status) : 0;
        return true;
    }
    const std::size_t colon = line.find(':');
    if ((line.front() == ' ' || line.front() == '\t') && !answer_.headers.empty()) {  // Folded (RFC 9112 §5.2).
        answer_.headers.back().value.append(" ").append(trimmed(line));
    } else if (colon != std::string_view::npos) {
        answer_.headers.push_back({std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1)))});
    }
    return true;
}

std::size_t HttpTransfer::on_body(const char* bytes, std::size_t size, std::size_t count, void* self) {
    HttpTransfer& it = *static_cast<HttpTransfer*>(self);
    const std::size_t room = it.request_.answer_bytes_max - it.answer_.body.size();
    it.answer_.body.append(bytes, std::min(size * count, room));
    if (size * count <= room) return size * count;
    it.refusal_ = "the answer is larger than " + std::to_string(it.request_.answer_bytes_max) + " bytes";
    return 0;
}

bool HttpTransfer::is_to_be_repeated(CURLcode code, Clock::time_point now) {
    if (code != CURLE_ABORTED_BY_CALLBACK || !std::exchange(is_stale_, false)) return false;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(begin_ + request_.timeout - now);
    if (left.count() <= 0) return false;
    easy_.set(CURLOPT_FRESH_CONNECT, 1L);
    easy_.set(CURLOPT_TIMEOUT_MS, to_ms(left));
    return true;
}

HttpAnswer HttpTransfer::finish(CURLcode code, std::string_view why, std::int64_t now_s) {
    leave_socket();
    if (code == CURLE_OK && answer_.status != 0) {
        answer_.reach = HttpAnswer::Reach::answered;
    } else {
        answer_.reach = sends_ == 0 ? HttpAnswer::Reach::not_sent : HttpAnswer::Reach::unknown;
        std::string words = refusal_.empty() ? easy_.describe(code) : refusal_;
        if (!why.empty()) words = why;
        answer_.text = as_name(mask_.hide(request_.method + " " + origin_ + ": " + words));
    }
    if (const std::string_view value = answer_.header("Retry-After"); !value.empty()) {
        answer_.retry_after = parse_retry_after(value, now_s);
    }
    return std::move(answer_);
}

}  // namespace millrace
