#pragma once

#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/common/http/dialogue.hpp"
#include "adapters/common/http/limits.hpp"
#include "adapters/common/http/request_rates.hpp"
#include "adapters/common/io_thread.hpp"

// A server of HTTP/1.1 for an adapter: it derives its threads from ServerThread and says what is answered.
//
//     class Webhooks final : public http::ServerThread {
//       public:
//         using ServerThread::ServerThread;
//         ~Webhooks() override { halt(); }
//
//       private:
//         std::optional<http::Refusal> on_head(const http::Request& request, const http::Client&) override {
//             if (request.method != "POST") return http::method_not_allowed("POST");
//             return std::nullopt;
//         }
//         void on_request(const http::Request& request, const http::Client&, http::Responder responder) override {
//             responder.answer({.status = 204});
//         }
//     };
//
// What a connection has is read at once, all its requests are handled, and the answers leave in one write. Whatever is
// malformed, too large, too late or too much is answered without the adapter.
namespace millrace::http {

class ServerConnection;

// Who asks.
struct Client {
    boost::asio::ip::address address;  // behind trusted proxies: as they say
    std::string_view listener;         // the address that it has connected to
    bool has_tls;
};

// What one request is answered by: at once, or later. Freely copied; holds memory of a connection, but not the
// connection itself. Thread: that of the connection, where it ends too, before the thread's object does.
class Responder {
  public:
    Responder();  // Nobody is there to read it.
    Responder(boost::intrusive_ptr<ServerConnection> connection, Dialogue::Number number);
    Responder(const Responder&);
    Responder(Responder&&) noexcept;
    Responder& operator=(const Responder&);
    Responder& operator=(Responder&&) noexcept;
    ~Responder();

    // False, and nothing happens, where it has its answer already (be it that it was not ready in time), or nobody is
    // there any more to read it.
    bool answer(const Response& response) const;
    bool refuse(const Refusal& refusal) const;

  private:
    boost::intrusive_ptr<ServerConnection> connection_;
    Dialogue::Number number_ = 0;
};

// What all threads of a server have together; it outlives them.
struct ServerShared {
    Limits limits{};
    std::size_t send_bytes_max = 256 * 1024;  // of answers that wait for the client; above it nothing is read from it
    RequestRates rates{0};
    std::atomic<std::uint64_t> refused_requests = 0;  // by what is in this folder; the gauge `requests_refused`
    std::atomic<std::uint64_t> late_answers = 0;      // the gauge `answers_late`
};

class ServerThread : public IoThread {
  public:
    ServerThread(const IoShared& io, ServerShared& server, std::size_t index);

    // [its own thread, as all that follows] For its connections.
    ServerShared& shared() const { return server_; }
    // Lines that every answer has.
    const std::string& common_headers() const { return common_headers_; }
    void count(std::uint64_t refused_requests, std::uint64_t late_answers);

  protected:
    friend ServerConnection;

    // All but the body of a request is there. Where it is refused, no on_request follows; and if it has a body, which
    // is not read then, the connection ends.
    virtual std::optional<Refusal> on_head(const Request& request, const Client& client) = 0;

    // To be answered once, at once or later; after `limits.answer_ms` the server does it itself, with 503. `request`
    // and `client` are borrowed for the call.
    virtual void on_request(const Request& request, const Client& client, Responder responder) = 0;

    void on_tick() override;

  private:
    boost::intrusive_ptr<Connection> connect(Socket socket, Source source, bool is_admitted) override;

    ServerShared& server_;
    std::string common_headers_;
    std::int64_t date_s_ = 0;
};

}  // namespace millrace::http
