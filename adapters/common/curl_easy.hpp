#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/common/curl_sockets.hpp"

// libcurl's handles as the HTTP and the mail client share them. Internal to the two.
namespace millrace {

template <auto free> struct CurlDeleter {
    template <class T> void operator()(T* object) const { free(object); }
};
using CurlMulti = std::unique_ptr<CURLM, CurlDeleter<curl_multi_cleanup>>;
using CurlList = std::unique_ptr<curl_slist, CurlDeleter<curl_slist_free_all>>;

// Starts libcurl, once in the process's life. Throws std::runtime_error where it does not start.
void start_libcurl();

// One transfer's handle with what holds for all of them: no signals, no environment (proxies, .netrc), TLS from 1.2 on
// with a server that has to show a certificate for its name, sockets in `sockets`, which outlives it; a resolver that
// does not answer holds nothing up (CURLOPT_QUICK_EXIT: its thread ends by itself). Throws std::runtime_error where
// libcurl cannot give one.
class CurlEasy {
  public:
    // `ca`: PEM, who signs servers' certificates; nothing: those whom the system trusts.
    CurlEasy(CurlSockets& sockets, const std::optional<std::string>& ca);

    CURL* get() const { return handle_.get(); }

    template <class T> void set(CURLoption option, T value) const { ::curl_easy_setopt(handle_.get(), option, value); }

    // In libcurl's words, why a transfer has ended so. May hold what a peer has sent.
    std::string describe(CURLcode code) const;

  private:
    std::unique_ptr<std::array<char, CURL_ERROR_SIZE>>
        error_;  // Outlives the handle, which may write to it to its end.
    std::unique_ptr<CURL, CurlDeleter<curl_easy_cleanup>> handle_;
};

// Appends; throws std::bad_alloc.
void append(CurlList& list, const std::string& text);

// `https://host:8443` of a URL: without what may be secret. Empty where it is no URL of the schemes, which stand
// between commas, or has control characters in it.
std::string curl_origin(const std::string& url, std::string_view schemes);

}  // namespace millrace
