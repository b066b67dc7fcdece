#include "adapters/smtp/mailer.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <random>
#include <utility>

#include "adapters/common/timer_wheel.hpp"
#include "adapters/common/utf8.hpp"
#include "adapters/smtp/ascii.hpp"

namespace millrace::smtp {
namespace net = boost::asio;

namespace {

constexpr std::size_t kMailsMax = 65'536;         // On their way, and waiting for their next try.
constexpr std::size_t kTryingMax = 256;           // Of them with the client.
constexpr std::uint64_t kSendBytesMax = 2 << 20;  // Of what was sent and is no longer on the disk alone.
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kRefusalToldEveryMs = 10'000;

}  // namespace

Mailer::Mailer(AdapterHost host, const std::optional<SmarthostSettings>& smarthost, const std::string& host_name,
               const std::string& stamp, Executor executor)
    : host_(host), author_{host_name, smarthost ? smarthost->from : ""}, stamp_(stamp), executor_(std::move(executor)),
      url_(smarthost ? smarthost->url : ""), rates_(smarthost ? smarthost->mails_per_recipient : 1, kHourMs),
      queue_(smarthost ? smarthost->retry : RetrySettings(), kMailsMax, std::random_device{}()),
      addresses_([this](const Outgoing& command, millrace_id scope) { take(command, scope); }), timer_(executor_) {
    if (smarthost) client_ = std::make_unique<MailClient>(smarthost->client(host_name, kTryingMax), executor_);
}

Mailer::~Mailer() = default;

void Mailer::open(millrace_loop* loop) {
    loop_ = loop;
    addresses_.open(host_, loop, kSendBytesMax);
}

// Within a call of the gateway's, which is told of nothing meanwhile.
void Mailer::take(const Outgoing& command, millrace_id scope) {
    const Account account{command.receipt, command.payload.size() + command.body.size(), scope};
    if (!client_) return refuse(account, MILLRACE_REJECTED, "no `smarthost` is configured");
    const Posting posting{host_.now_us() / 1'000'000, command.id != 0
                                                          ? std::to_string(command.id)
                                                          : stamp_ + "." + std::to_string(++posting_count_)};
    Mail mail;
    if (const std::string wrong = compose(command, author_, posting, mail); !wrong.empty())
        return refuse(account, MILLRACE_REJECTED, wrong);
    if (queue_.is_full()) return refuse(account, MILLRACE_LOST, "too many mails are on their way");
    const bool is_durable = command.id != 0;
    std::string recipient = mail.to.front();
    std::transform(recipient.begin(), recipient.end(), recipient.begin(), to_lower);
    std::int64_t due_ms = steady_ms();
    if (is_durable)
        due_ms += rates_.reserve(recipient, due_ms);
    else if (!rates_.take(recipient, due_ms))
        return refuse(account, MILLRACE_REJECTED, as_name(recipient) + " has got `max_per_recipient` this hour");
    const std::uint64_t number = queue_.add(std::move(mail), is_durable, due_ms);
    accounts_.emplace(number, account);
    net::post(executor_, [this, number, due_ms] {
        if (due_ms > steady_ms()) keep(number);
        try_due();
    });
}

// It waits, and others need not wait for it. It may have been given back meanwhile.
void Mailer::keep(std::uint64_t number) {
    const auto found = accounts_.find(number);
    if (found == accounts_.end()) return;
    Account& account = found->second;
    if (account.receipt == 0 || std::exchange(account.is_kept, true)) return;
    host_.report(loop_, {.receipt = account.receipt, .outcome = MILLRACE_KEPT, .is_final = false});
}

void Mailer::refuse(const Account& account, std::uint32_t outcome, const std::string& text) {
    log_refusal("a mail is not sent: " + text);
    net::post(executor_, [this, account, outcome, text] { tell(account, outcome, 0, text); });
}

void Mailer::log_refusal(const std::string& text) {
    if (steady_ms() - refusal_told_at_ms_ < kRefusalToldEveryMs) return;
    refusal_told_at_ms_ = steady_ms();
    host_.log(MILLRACE_LOG_WARN, text);
}

void Mailer::try_due() {
    if (is_stopping_) return;
    const std::int64_t now_ms = steady_ms();
    while (trying_ < kTryingMax) {
        const auto number = queue_.begin_next(now_ms);
        if (!number) break;
        ++trying_;
        client_->send(queue_.mail(*number),
                      [this, number = *number](const std::vector<MailFate>& fates) { on_fate(number, fates.front()); });
    }
    host_.gauge("mails_under_way", static_cast<double>(queue_.size()));
    if (trying_ == kTryingMax || queue_.next_due_ms() == MailQueue::kNever) return;
    timer_.expires_after(std::chrono::milliseconds(std::max<std::int64_t>(queue_.next_due_ms() - now_ms, 1)));
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) try_due();
    });
}

void Mailer::on_fate(std::uint64_t number, const MailFate& fate) {
    --trying_;
    take_trouble(fate);
    if (const auto end = queue_.judge(number, fate, steady_ms()))
        finish(number, *end);
    else
        keep(number);
    if (is_retired_) give_back(is_stopping_);
    try_due();
}

// Whatever keeps the smarthost from mails is a trouble of the adapter; what it thinks of one mail is not.
void Mailer::take_trouble(const MailFate& fate) {
    if (fate.by == MailFate::By::client) return;
    const bool is_trouble = fate.by == MailFate::By::connection;
    if (fate.fate == Fate::retry || is_trouble)
        log_refusal("the smarthost " + url_ + " takes a mail later: " + fate.text);
    const std::string what = is_trouble ? "the smarthost " + url_ + ": " + fate.text : std::string();
    if (std::exchange(trouble_, what) != what) host_.degraded(what);
}

void Mailer::finish(std::uint64_t number, const MailQueue::End& end) {
    const auto account = accounts_.extract(number);
    const bool is_sent = end.fate == Fate::sent;
    const std::uint32_t outcome = is_sent                      ? MILLRACE_SENT
                                  : end.fate == Fate::rejected ? MILLRACE_REJECTED
                                                               : MILLRACE_LOST;
    if (outcome == MILLRACE_REJECTED) log_refusal("the smarthost " + url_ + " does not take a mail: " + end.text);
    tell(account.mapped(), outcome, is_sent ? 0 : end.code, is_sent ? std::string() : end.text);
}

void Mailer::tell(const Account& account, std::uint32_t outcome, std::uint32_t code, const std::string& text) {
    if (account.receipt != 0) host_.outcome(loop_, account.receipt, outcome, code, text);
    if (addresses_.is_open()) host_.written(account.scope, account.bytes);
    leave_when_idle();
}

void Mailer::give_back(bool with_others) {
    for (const std::uint64_t number : queue_.give_back(with_others))
        finish(number, {Fate::unknown, 0, "the adapter stops"});
}

void Mailer::retire() {
    is_retired_ = true;
    give_back(false);
    leave_when_idle();
}

void Mailer::leave_when_idle() {
    if (is_retired_ && accounts_.empty()) addresses_.end(host_);
}

void Mailer::stop(std::chrono::milliseconds grace) {
    net::post(executor_, [this] {
        is_retired_ = is_stopping_ = true;
        timer_.cancel();
        give_back(true);
        leave_when_idle();
    });
    if (client_) client_->stop(grace);
}

}  // namespace millrace::smtp
