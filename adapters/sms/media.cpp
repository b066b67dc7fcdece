#include "adapters/sms/media.hpp"

#include <algorithm>

#include "adapters/common/base64.hpp"
#include "adapters/common/digest.hpp"
#include "adapters/common/public_address.hpp"
#include "adapters/common/timer_wheel.hpp"
#include "adapters/common/url_parts.hpp"

namespace millrace::sms {
namespace {

constexpr std::size_t kRequestsMax = 16;       // Under way at a time.
constexpr std::size_t kInMemoryMax = 256'000;  // A larger body is a file.

// `https://host:443` in lower case; empty where the URL says who asks, too.
std::string origin_of(std::string_view url) {
    const UrlParts parts = split_url(url);
    if (parts.host.empty() || !parts.user_info.empty()) return {};
    std::string origin = parts.origin(parts.port.empty() ? parts.default_port() : parts.port);
    std::ranges::transform(origin, origin.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return origin;
}

std::string why_not(const HttpAnswer& answer, bool is_whole, bool is_the_one) {
    if (answer.reach != HttpAnswer::Reach::answered) return answer.text;
    if (!is_whole) return "the server has answered " + std::to_string(answer.status);
    return is_the_one ? "they are too large" : "they are not what the provider says";
}

}  // namespace

Media::Media(const v1::Sms::Inbound& inbound, std::shared_ptr<std::size_t> held_bytes)
    : held_bytes_(std::move(held_bytes)) {
    for (const v1::Sms::Media& it : inbound.media()) {
        if (items_.size() < kMax) items_.push_back({it.url(), it.sha256(), it.needs_auth()});
    }
    open_ = items_.size();
}

Media::~Media() { *held_bytes_ -= size_; }

void Media::join(const AdapterHost& host) {
    const bool is_large = size_ > kInMemoryMax;
    if (is_large) file_.emplace(host);
    std::uint64_t end = 0;
    for (Item& item : items_) {
        if (!item.is_there) continue;
        item.begin = std::exchange(end, end + item.bytes.size());
        is_large ? static_cast<void>(file_->append(item.bytes)) : static_cast<void>(bytes_ += item.bytes);
        item.bytes = {};
    }
    if (!is_large || file_->seal()) return;
    host.log(MILLRACE_LOG_WARN, "media are left out: " + file_->error());
    file_.reset();
    for (Item& item : items_) item.is_there = false;
}

void Media::tell(v1::Sms::Inbound& inbound) const {
    std::uint64_t end = file_ ? file_->bytes().size() : bytes_.size();
    for (std::size_t i = items_.size(); i-- > 0;) {
        if (!items_[i].is_there) continue;
        v1::Sms::Media& media = *inbound.mutable_media(static_cast<int>(i));
        media.set_state(v1::Sms::Media::FETCHED);
        media.set_body_begin(items_[i].begin);
        media.set_size(std::exchange(end, items_[i].begin) - items_[i].begin);
    }
}

MediaFetcher::MediaFetcher(const Settings& settings, AdapterHost host, Executor loop, Done done)
    : settings_(settings), host_(host), done_(std::move(done)) {
    if (!settings.media.is_fetched) return;
    const HttpRequest request = settings.provider->build(settings.account, {});
    api_origin_ = origin_of(request.url);
    if (const HttpHeader* const it = find_header(request.headers, "authorization")) authorization_ = it->value;
    client_.emplace(HttpClientSettings{.requests_max = kRequestsMax}, loop);
}

MediaFetcher::~MediaFetcher() = default;

void MediaFetcher::stop() {
    if (client_) client_->stop(std::chrono::milliseconds(0));
}

std::shared_ptr<Media> MediaFetcher::begin(const v1::Sms::Inbound& inbound, const std::string& conversation,
                                           std::int64_t now_ms) {
    if (!client_ || inbound.media().empty()) return nullptr;
    if (*held_bytes_ > kHeldBytesMax || waiting_.size() > kWaitingMax) {
        counts_.failed += static_cast<std::uint64_t>(inbound.media_size());
        return nullptr;
    }
    const std::int64_t time_ms =
        std::min<std::int64_t>(settings_.media.timeout.count(), settings_.provider->answer_within_ms / 2);
    const auto media = std::make_shared<Media>(inbound, held_bytes_);
    for (std::size_t i = 0; i < media->items_.size(); ++i)
        waiting_.push_back({media, i, conversation, now_ms + time_ms});
    pump(now_ms);
    return media->is_over() ? nullptr : media;
}

void MediaFetcher::pump(std::int64_t now_ms) {
    for (; !waiting_.empty() && request(waiting_.front(), now_ms); waiting_.pop_front()) {
    }
}

// False: there are too many under way.
bool MediaFetcher::request(const Waiting& waiting, std::int64_t now_ms) {
    const Media::Item& item = waiting.media->items_[waiting.item];
    HttpRequest request;
    request.url = item.url;
    request.timeout = std::chrono::milliseconds(std::max<std::int64_t>(waiting.due_ms - now_ms, 1));
    request.connect_timeout = std::min(request.connect_timeout, request.timeout);
    request.answer_bytes_max = settings_.media.bytes_max;
    request.secrets = {item.url};
    request.may_connect = [&allowed = settings_.media.allowed](const boost::asio::ip::address& address) {
        return is_public(address) || allowed.contains(address);
    };
    if (item.needs_auth && !authorization_.empty() && is_of_the_api(item.url)) {
        request.headers.push_back({"authorization", authorization_});
        request.secrets.push_back(authorization_);
    }
    return client_->send(std::move(request),
                         [this, waiting](HttpAnswer answer) { on_answer(waiting, std::move(answer)); }) != 0;
}

bool MediaFetcher::is_of_the_api(std::string_view url) const {
    return !api_origin_.empty() && origin_of(url) == api_origin_;
}

void MediaFetcher::on_answer(const Waiting& waiting, HttpAnswer answer) {
    Media& media = *waiting.media;
    Media::Item& item = media.items_[waiting.item];
    const bool is_whole = answer.reach == HttpAnswer::Reach::answered && answer.status == 200;
    const bool is_the_one =
        is_whole && (item.sha256.empty() || hex_encoded(digest(Digest::sha256, {answer.body})) == item.sha256);
    item.is_there = is_the_one && media.size_ + answer.body.size() <= settings_.media.bytes_max;
    ++(item.is_there ? counts_.fetched : counts_.failed);
    if (item.is_there) {
        media.size_ += answer.body.size();
        *held_bytes_ += answer.body.size();
        item.bytes = std::move(answer.body);
    } else {
        host_.log(MILLRACE_LOG_DEBUG, "media are not fetched: " + why_not(answer, is_whole, is_the_one));
    }
    pump(steady_ms());
    if (--media.open_ != 0) return;
    media.join(host_);
    done_(waiting.conversation);
}

}  // namespace millrace::sms
