#pragma once

#include <openssl/types.h>

#include <string>
#include <string_view>

#include "tests/support/certificates.hpp"

// OpenSSL's own client, in memory: it says what a server has to be given, and is given what the server says.
namespace millrace::testing {

class TlsClient {
  public:
    // `version` of TLS1_VERSION, ...; 0: any. Shows the certificate `own`. It verifies nothing.
    explicit TlsClient(int version = 0, const Certificate* own = nullptr);
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;

    // Takes what the server says, and returns what there is to say to it.
    std::string turn(std::string& from_server);
    std::string say(std::string_view text);
    std::string renegotiate();
    std::string leave();

    bool is_established() const;
    bool was_told_of_the_end() const;
    const std::string& heard() const { return heard_; }

  private:
    void use(const Certificate& own);
    std::string take();

    SSL_CTX* context_;
    SSL* ssl_ = nullptr;
    std::string heard_;
};

// As somebody does who has called OpenSSL on this thread and has not asked what went wrong.
void leave_an_error();

}  // namespace millrace::testing
