#include "adapters/common/http_client.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <ctime>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/common/http_transfer.hpp"

namespace millrace {
namespace {

constexpr int kLongestPoll_ms = 60'000;

}  // namespace

class HttpClient::Worker {
  public:
    Worker(HttpClientSettings settings, Executor loop)
        : settings_(std::move(settings)), loop_(std::move(loop)), multi_((start_libcurl(), ::curl_multi_init())) {
        if (!multi_) throw std::runtime_error("libcurl gives no handle");
        thread_ = std::thread(&Worker::run, this);
    }

    ~Worker() { stop(std::chrono::milliseconds(0)); }

    std::uint64_t send(HttpRequest request, OnAnswer on_answer) {
        const std::lock_guard lock(mutex_);
        if (stop_due_ || open_count_ >= settings_.requests_max) return 0;
        ++open_count_;
        sent_.push_back({++last_number_, std::move(request), std::move(on_answer), Clock::now()});
        ::curl_multi_wakeup(multi_.get());
        return last_number_;
    }

    void cancel(std::uint64_t number) {
        const std::lock_guard lock(mutex_);
        if (stop_due_ && !thread_.joinable()) return;
        cancelled_.push_back(number);
        ::curl_multi_wakeup(multi_.get());
    }

    void stop(std::chrono::milliseconds grace) {
        std::thread thread;
        {
            const std::lock_guard lock(mutex_);
            if (!stop_due_) stop_due_ = Clock::now() + grace;
            thread.swap(thread_);
            ::curl_multi_wakeup(multi_.get());
        }
        if (thread.joinable()) thread.join();
    }

  private:
    using Clock = HttpTransfer::Clock;

    struct Sent {
        std::uint64_t number;
        HttpRequest request;
        OnAnswer on_answer;
        Clock::time_point at;
    };
    struct Open {
        std::unique_ptr<HttpTransfer> transfer;
        OnAnswer on_answer;
    };
    using Opened = std::map<std::uint64_t, Open>;

    void run() {
        while (take()) {
            int running = 0;
            ::curl_multi_perform(multi_.get(), &running);
            collect();
            ::curl_multi_poll(multi_.get(), nullptr, 0, wait_ms(), nullptr);
        }
        while (!opened_.empty()) drop(opened_.begin(), "the adapter stops");
    }

    // What was asked for meanwhile. False: the end has come.
    bool take() {
        std::vector<Sent> sent;
        std::vector<std::uint64_t> cancelled;
        {
            const std::lock_guard lock(mutex_);
            sent.swap(sent_);
            cancelled.swap(cancelled_);
            end_ = stop_due_;
        }
        for (Sent& it : sent) begin(it);
        for (const std::uint64_t number : cancelled) {
            if (const auto found = opened_.find(number); found != opened_.end()) drop(found, "it was cancelled");
        }
        return !end_ || (!opened_.empty() && Clock::now() < *end_);
    }

    void begin(Sent& sent) {
        if (const std::string fault = http_request_fault(sent.request); !fault.empty()) {
            HttpAnswer answer;
            answer.reach = HttpAnswer::Reach::malformed;
            answer.text = "the request cannot be sent: " + fault;
            return tell(std::move(sent.on_answer), std::move(answer));
        }
        auto transfer = std::make_unique<HttpTransfer>(sockets_, settings_.ca, settings_.user_agent,
                                                       std::move(sent.request), sent.at);
        ::curl_multi_add_handle(multi_.get(), transfer->handle());
        opened_.emplace(sent.number, Open{std::move(transfer), std::move(sent.on_answer)});
    }

    void collect() {
        int left = 0;
        while (const CURLMsg* message = ::curl_multi_info_read(multi_.get(), &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            CURL* const handle = message->easy_handle;
            const CURLcode code = message->data.result;
            const auto found = std::find_if(opened_.begin(), opened_.end(),
                                            [&](const auto& it) { return it.second.transfer->handle() == handle; });
            ::curl_multi_remove_handle(multi_.get(), handle);
            if (found->second.transfer->is_to_be_repeated(code, Clock::now())) {
                ::curl_multi_add_handle(multi_.get(), handle);
            } else {
                end(found, code, "");
            }
        }
    }

    void drop(Opened::iterator which, std::string_view why) {
        ::curl_multi_remove_handle(multi_.get(), which->second.transfer->handle());
        end(which, CURLE_ABORTED_BY_CALLBACK, why);
    }

    void end(Opened::iterator which, CURLcode code, std::string_view why) {
        HttpAnswer answer = which->second.transfer->finish(code, why, std::time(nullptr));
        OnAnswer on_answer = std::move(which->second.on_answer);
        opened_.erase(which);
        tell(std::move(on_answer), std::move(answer));
    }

    void tell(OnAnswer on_answer, HttpAnswer answer) {
        {
            const std::lock_guard lock(mutex_);
            --open_count_;
        }
        boost::asio::post(loop_, [on_answer = std::move(on_answer), answer = std::move(answer)]() mutable {
            on_answer(std::move(answer));
        });
    }

    int wait_ms() const {
        if (!end_) return kLongestPoll_ms;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*end_ - Clock::now()).count();
        return static_cast<int>(std::clamp<std::int64_t>(opened_.empty() ? 0 : left, 0, kLongestPoll_ms));
    }

    const HttpClientSettings settings_;
    const Executor loop_;
    CurlSockets sockets_;
    const CurlMulti multi_;
    Opened opened_;
    std::optional<Clock::time_point> end_;

    std::mutex mutex_;
    std::vector<Sent> sent_;
    std::vector<std::uint64_t> cancelled_;
    std::optional<Clock::time_point> stop_due_;
    std::size_t open_count_ = 0;
    std::uint64_t last_number_ = 0;
    std::thread thread_;
};

HttpClient::HttpClient(HttpClientSettings settings, Executor loop)
    : worker_(std::make_unique<Worker>(std::move(settings), std::move(loop))) {}

HttpClient::~HttpClient() = default;

std::uint64_t HttpClient::send(HttpRequest request, OnAnswer on_answer) {
    return worker_->send(std::move(request), std::move(on_answer));
}

void HttpClient::cancel(std::uint64_t number) { worker_->cancel(number); }

void HttpClient::stop(std::chrono::milliseconds grace) { worker_->stop(grace); }

}  // namespace millrace
