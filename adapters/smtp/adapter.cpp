#include "adapters/smtp/adapter.hpp"

#include <boost/asio/post.hpp>
#include <future>

namespace millrace::smtp {

SmtpAdapter::SmtpAdapter(AdapterHost host, const Config& config)
    : host_(host), settings_(config), service_(settings_.service()),
      admission_(settings_.connections_max, settings_.connections_of_address_max), tls_failures_(host),
      rates_(settings_.rates), io_shared_{host, admission_, tls_failures_, settings_.proxies,
                                          settings_.tls_context.get()},
      shared_{settings_, service_, login_desk_, name_desk_, rates_, {}}, login_desk_(settings_.users),
      name_desk_(Dns()) {}

// A start that has failed is not stopped.
SmtpAdapter::~SmtpAdapter() {
    if (mailer_) stop(std::chrono::milliseconds(0));
}

void SmtpAdapter::prepare() {
    shared_.stamp = std::to_string(host_.now_us());
    for (std::size_t i = 0; i < settings_.thread_count; ++i)
        threads_.push_back(std::make_unique<SmtpThread>(io_shared_, shared_, i));
    for (const Endpoint& endpoint : settings_.endpoints) {
        bound_.push_back(threads_.front()->listen(endpoint, false));
        for (std::size_t i = 1; i < threads_.size(); ++i) threads_[i]->listen(bound_.back(), true);
    }
}

void SmtpAdapter::start() {
    login_desk_.start();
    if (settings_.asks_names) name_desk_.start();
    for (const auto& thread : threads_) thread->start();
    open_addresses();
    for (const auto& thread : threads_) thread->let_in();
    const char* how = settings_.is_tls_implicit() ? " with TLS" : "";
    for (const Endpoint& endpoint : bound_) host_.log(MILLRACE_LOG_INFO, "listening on " + to_text(endpoint) + how);
}

// What is sent to them is taken from the moment that the adapter has started.
void SmtpAdapter::open_addresses() {
    SmtpThread& thread = *threads_.front();
    mailer_ = std::make_unique<Mailer>(host_, settings_.smarthost, settings_.host_name(), shared_.stamp, thread.home());
    std::packaged_task<void()> open([&] { mailer_->open(thread.loop()); });
    boost::asio::post(thread.home(), [&open] { open(); });
    open.get_future().get();
}

void SmtpAdapter::retire() {
    boost::asio::post(threads_.front()->home(), [this] { mailer_->retire(); });
    for (const auto& thread : threads_) thread->retire();
}

void SmtpAdapter::quiesce() {
    for (const auto& thread : threads_) thread->quiesce();
}

void SmtpAdapter::stop(std::chrono::milliseconds deadline) {
    if (mailer_) mailer_->stop(deadline);
    for (const auto& thread : threads_) thread->stop(deadline);
    for (const auto& thread : threads_) thread->join();
}

}  // namespace millrace::smtp

// clang-format off
MILLRACE_ADAPTER("smtp", "1.0.0", "smtp",
    MILLRACE_MATCH_TEXT("to") ","
    MILLRACE_MATCH_TEXT("from") ","
    MILLRACE_MATCH_TEXT("subject") ","
    MILLRACE_MATCH_TEXT("size") ","
    MILLRACE_MATCH_TEXT("user") ","
    MILLRACE_MATCH_TEXT("tls") ","
    MILLRACE_MATCH_TEXT("peer") ","
    MILLRACE_MATCH_TEXT("helo") ","
    MILLRACE_MATCH_TEXT("listener"),
    millrace::smtp::SmtpAdapter)
// clang-format on
