#include "adapters/common/curl_easy.hpp"

#include <algorithm>
#include <mutex>
#include <new>
#include <stdexcept>

namespace millrace {
namespace {

curl_socket_t open_socket(void* sockets, curlsocktype, curl_sockaddr* address) {
    return static_cast<CurlSockets*>(sockets)->open(address->family, address->socktype, address->protocol);
}

int close_socket(void* sockets, curl_socket_t socket) { return static_cast<CurlSockets*>(sockets)->close(socket); }

class UrlParts {
  public:
    explicit UrlParts(const std::string& url) : url_(::curl_url()) {
        is_right_ = ::curl_url_set(url_.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
    }

    bool is_right() const { return is_right_; }

    std::string get(CURLUPart part, unsigned flags = 0) const {
        char* text = nullptr;
        if (::curl_url_get(url_.get(), part, &text, flags) != CURLUE_OK) return {};
        std::string result = text;
        ::curl_free(text);
        return result;
    }

  private:
    std::unique_ptr<CURLU, CurlDeleter<curl_url_cleanup>> url_;
    bool is_right_ = false;
};

bool is_listed(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        if (list.substr(0, comma) == word) return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

}  // namespace

void start_libcurl() {
    static std::once_flag once;
    std::call_once(once, [] {
        if (::curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw std::runtime_error("libcurl does not start");
    });
}

CurlEasy::CurlEasy(CurlSockets& sockets, const std::optional<std::string>& ca)
    : error_(std::make_unique<std::array<char, CURL_ERROR_SIZE>>()) {
    start_libcurl();
    handle_.reset(::curl_easy_init());
    if (!handle_) throw std::runtime_error("libcurl gives no handle");
    error_->front() = '\0';
    set(CURLOPT_ERRORBUFFER, error_->data());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOPROXY, "*");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&sockets));
    set(CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    set(CURLOPT_CLOSESOCKETDATA, static_cast<void*>(&sockets));
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!ca) return;
    curl_blob blob{const_cast<char*>(ca->data()), ca->size(), CURL_BLOB_COPY};
    set(CURLOPT_CAINFO_BLOB, &blob);
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // The system's folder would be trusted beside it.
}

std::string CurlEasy::describe(CURLcode code) const {
    return error_->front() != '\0' ? error_->data() : ::curl_easy_strerror(code);
}

void append(CurlList& list, const std::string& text) {
    curl_slist* longer = ::curl_slist_append(list.get(), text.c_str());
    if (!longer) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
}

std::string curl_origin(const std::string& url, std::string_view schemes) {
    if (url.find('\0') != std::string::npos) return {};
    const UrlParts parts(url);
    const std::string scheme = parts.is_right() ? parts.get(CURLUPART_SCHEME) : "";
    const std::string host = parts.is_right() ? parts.get(CURLUPART_HOST) : "";
    if (host.empty() || !is_listed(schemes, scheme)) return {};
    const std::string port = parts.get(CURLUPART_PORT);
    return scheme + "://" + host + (port.empty() ? "" : ":" + port);
}

}  // namespace millrace
