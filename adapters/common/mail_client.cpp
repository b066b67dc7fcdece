#include "adapters/common/mail_client.hpp"

#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "adapters/common/mail_connection.hpp"

namespace millrace {

// Where mails wait for a connection.
class MailClient::Desk {
  public:
    Desk(MailClientSettings settings, Executor loop) : settings_(std::move(settings)), loop_(std::move(loop)) {
        start_libcurl();
        for (std::size_t i = 0; i < settings_.connections; ++i) {
            connections_.push_back(std::make_unique<MailConnection>(settings_));
        }
        working_ = connections_.size();
        for (const auto& connection : connections_) threads_.emplace_back(&Desk::work, this, std::ref(*connection));
    }

    ~Desk() { stop(std::chrono::milliseconds(0)); }

    bool send(Mail mail, OnFates on_fates) {
        const std::lock_guard lock(mutex_);
        if (is_stopped_ || mail_count_ >= settings_.mails_max) return false;
        ++mail_count_;
        waiting_.push_back({std::move(mail), std::move(on_fates)});
        changed_.notify_all();
        return true;
    }

    void stop(std::chrono::milliseconds grace) {
        std::vector<std::thread> threads;
        std::deque<Waiting> unsent;
        {
            std::unique_lock lock(mutex_);
            is_stopped_ = true;
            threads.swap(threads_);
            changed_.notify_all();
            changed_.wait_for(lock, grace, [this] { return working_ == 0; });
            unsent.swap(waiting_);
        }
        for (const auto& connection : connections_) connection->break_off();
        for (std::thread& thread : threads) thread.join();
        for (Waiting& it : unsent) {
            tell(std::move(it.on_fates),
                 std::vector<MailFate>(it.mail.to.size(), {Fate::retry, 0, "", "the adapter stops"}));
        }
    }

  private:
    struct Waiting {
        Mail mail;
        OnFates on_fates;
    };

    void work(MailConnection& connection) {
        while (std::optional<Waiting> next = take()) {
            std::vector<MailFate> fates = connection.send(next->mail);
            tell(std::move(next->on_fates), std::move(fates));
        }
        connection.close();
        const std::lock_guard lock(mutex_);
        --working_;
        changed_.notify_all();
    }

    std::optional<Waiting> take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return is_stopped_ || !waiting_.empty(); });
        if (waiting_.empty()) return std::nullopt;
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        return next;
    }

    void tell(OnFates on_fates, std::vector<MailFate> fates) {
        {
            const std::lock_guard lock(mutex_);
            --mail_count_;
        }
        boost::asio::post(loop_, [on_fates = std::move(on_fates), fates = std::move(fates)]() mutable {
            on_fates(std::move(fates));
        });
    }

    const MailClientSettings settings_;
    const Executor loop_;
    std::vector<std::unique_ptr<MailConnection>> connections_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Waiting> waiting_;
    std::size_t mail_count_ = 0;
    std::size_t working_ = 0;
    bool is_stopped_ = false;
    std::vector<std::thread> threads_;
};

MailClient::MailClient(MailClientSettings settings, Executor loop)
    : desk_(std::make_unique<Desk>(std::move(settings), std::move(loop))) {}

MailClient::~MailClient() = default;

bool MailClient::send(Mail mail, OnFates on_fates) { return desk_->send(std::move(mail), std::move(on_fates)); }

void MailClient::stop(std::chrono::milliseconds grace) { desk_->stop(grace); }

}  // namespace millrace
