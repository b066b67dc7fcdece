#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/common/http_client.hpp"
#include "adapters/sms/config.hpp"
#include "millrace/adapter_host.hpp"
#include "millrace/body.hpp"
#include "millrace/v1/sms.pb.h"

// Fetching the media of a message, where the configuration wants that, before its consumers get it. Their URLs are of
// other people's choosing: a name is resolved once, and what it leads to has to be a public address, or one of
// `media.allow`; redirects are not followed. What cannot be fetched stays the reference that it is.
// Thread: the adapter's loop.
namespace millrace::sms {

// Those of one message. They are its body, one after the other.
class Media {
  public:
    static constexpr std::size_t kMax = 10;  // Of a message; those behind them stay references.

    Media(const v1::Sms::Inbound& inbound, std::shared_ptr<std::size_t> held_bytes);
    ~Media();
    Media(const Media&) = delete;

    bool is_over() const { return open_ == 0; }

    // After the end. Says in the message which are there, and where in the body they lie.
    void tell(v1::Sms::Inbound& inbound) const;
    // The body: a file's id, or bytes.
    millrace_id sealed() const { return file_ ? file_->id() : 0; }
    std::string_view bytes() const { return file_ ? std::string_view() : std::string_view(bytes_); }

  private:
    friend class MediaFetcher;

    struct Item {
        std::string url;
        std::string sha256;  // In lower-case hex; empty: unknown.
        bool needs_auth;
        std::string bytes{};
        bool is_there = false;
        std::uint64_t begin = 0;  // Of it, in the body.
    };

    void join(const AdapterHost& host);

    std::vector<Item> items_;
    std::size_t open_;
    std::string bytes_;
    std::optional<Body> file_;
    std::size_t size_ = 0;
    const std::shared_ptr<std::size_t> held_bytes_;  // By all that are alive.
};

class MediaFetcher {
  public:
    struct Counts {
        std::uint64_t fetched = 0;
        std::uint64_t failed = 0;
    };
    // Those of a message of this conversation are over. Not from within begin().
    using Done = std::function<void(const std::string& conversation)>;

    static constexpr std::size_t kHeldBytesMax = 64 << 20;  // That wait for the gateway; above it none are fetched.
    static constexpr std::size_t kWaitingMax = 1'000;       // Requests; likewise.

    MediaFetcher(const Settings& settings, AdapterHost host, Executor loop, Done done);
    ~MediaFetcher();

    // Null where there are none to fetch. They are over when the provider has waited for half of its time, at the
    // latest.
    std::shared_ptr<Media> begin(const v1::Sms::Inbound& inbound, const std::string& conversation, std::int64_t now_ms);

    // [any thread but the loop's] What is on its way ends.
    void stop();

    const Counts& counts() const { return counts_; }

  private:
    struct Waiting {
        std::shared_ptr<Media> media;
        std::size_t item;
        std::string conversation;
        std::int64_t due_ms;
    };

    void pump(std::int64_t now_ms);
    bool request(const Waiting& waiting, std::int64_t now_ms);
    void on_answer(const Waiting& waiting, HttpAnswer answer);
    bool is_of_the_api(std::string_view url) const;

    const Settings& settings_;
    const AdapterHost host_;
    const Done done_;
    std::string api_origin_;
    std::string authorization_;  // Of the API, whose media want it too.
    const std::shared_ptr<std::size_t> held_bytes_ = std::make_shared<std::size_t>(0);
    std::deque<Waiting> waiting_;
    Counts counts_;
    std::optional<HttpClient> client_;  // None where nothing is fetched.
};

}  // namespace millrace::sms
