#include "tests/unit/adapters/common/http/sample_adapter.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "adapters/common/http/server_thread.hpp"
#include "millrace/adapter.hpp"

namespace millrace::http::test {

Manner manner;
std::atomic<int> refused_answers = 0;

namespace {

class SampleThread final : public ServerThread {
  public:
    using ServerThread::ServerThread;
    ~SampleThread() override { halt(); }

  private:
    std::optional<Refusal> on_head(const Request& request, const Client&) override {
        if (path_of(request.target) == "/none") return not_found();
        return std::nullopt;
    }

    void on_request(const Request& request, const Client& client, Responder responder) override {
        const std::string_view path = path_of(request.target);
        if (path == "/never") return;
        if (path == "/later" || path == "/late")
            return later_.emplace_back(std::move(responder), request.target), void();
        if (path == "/release") release();
        if (path == "/large") return answer(responder, std::string(1 << 20, 'x'));
        if (path == "/echo") return answer(responder, request.body);
        if (path == "/client")
            return answer(responder, client.address.to_string() + " " + std::string(client.listener) +
                                         (client.has_tls ? " TLS" : " plain"));
        answer(responder, std::string(request.method) + " " + std::string(request.target));
    }

    void release() {
        for (; !later_.empty(); later_.pop_back()) answer(later_.back().first, later_.back().second);
    }

    static void answer(const Responder& responder, std::string_view body) {
        if (!responder.answer({.content_type = "text/plain", .body = body})) ++refused_answers;
    }

    std::vector<std::pair<Responder, std::string>> later_;
};

class SampleAdapter final : public Adapter {
  public:
    SampleAdapter(AdapterHost host, const Config& config)
        : host_(host), admission_(manner.connections_max, manner.connections_of_address_max),
          tls_failures_(host), server_{.limits = manner.limits, .rates = RequestRates(manner.requests_per_s_max)} {
        for (const std::string& text : manner.trusted_proxies) proxies_.add(text);
        if (!manner.certificate) return;
        TlsSettings settings{manner.certificate->pem, manner.certificate->key_pem, std::nullopt, "1.2"};
        tls_ = TlsContext::make(settings, config);
    }

    void prepare() override {
        const IoShared io{host_, admission_, tls_failures_, proxies_, tls_.get()};
        Endpoint endpoint = *parse_endpoint("127.0.0.1:0");
        for (std::size_t i = 0; i < manner.threads; ++i) {
            threads_.push_back(std::make_unique<SampleThread>(io, server_, i));
            endpoint = threads_.back()->listen(endpoint, i > 0);
        }
        host_.log(MILLRACE_LOG_INFO, "listening on " + to_text(endpoint));
    }
    void start() override {
        for (const auto& thread : threads_) thread->start();
        for (const auto& thread : threads_) thread->let_in();
    }
    void retire() override {
        for (const auto& thread : threads_) thread->retire();
    }
    void quiesce() override {
        for (const auto& thread : threads_) thread->quiesce();
    }
    void stop(std::chrono::milliseconds deadline) override {
        for (const auto& thread : threads_) thread->stop(deadline);
        for (const auto& thread : threads_) thread->join();
    }

  private:
    const AdapterHost host_;
    Admission admission_;
    TlsFailures tls_failures_;
    TrustedProxies proxies_;
    std::shared_ptr<const TlsContext> tls_;
    ServerShared server_;
    std::vector<std::unique_ptr<SampleThread>> threads_;
};

}  // namespace

const millrace_adapter* sample_adapter() { return millrace::detail::AdapterTable<SampleAdapter>::plugin()->adapter; }

}  // namespace millrace::http::test
