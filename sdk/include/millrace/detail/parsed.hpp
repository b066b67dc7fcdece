#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "millrace/abi.h"
#include "millrace/detail/bytes.hpp"
#include "millrace/detail/wire.hpp"
#include "millrace/v1/message.pb.h"

namespace millrace::inline sdk::detail {

// A parsed ChannelMessage, or none.
//
// Each thread keeps the last one. Where the next is of the same scope, what never changes within a scope (the headers
// of a WebSocket, most of a message) is not parsed again.
class Parsed {
  public:
    Parsed() = default;

    explicit Parsed(const millrace_event& event) : content_(std::move(last())) {
        if (!content_) content_ = std::make_unique<Content>();
        const std::string_view scope = view(event.scope);
        const bool is_same_scope = content_->is_reusable && content_->scope == scope;
        if (is_same_scope)
            clear_event_fields();
        else
            content_->message.Clear();

        std::string joined;
        joined.reserve(scope.size() + event.event.size + event.payload.size);
        if (!is_same_scope) joined.append(scope);
        joined.append(view(event.event)).append(view(event.payload));
        content_->is_reusable = joined.size() <= kReusedBytes && has_event_fields_only(view(event.event));
        if (!is_same_scope && content_->is_reusable) content_->scope = scope;
        if (!content_->message.MergeFromString(joined)) {
            throw std::runtime_error("the event is not a millrace.v1.ChannelMessage");
        }
    }

    Parsed(Parsed&&) = default;
    Parsed& operator=(Parsed&&) = default;

    ~Parsed() {
        if (content_ && content_->is_reusable) last() = std::move(content_);
    }

    explicit operator bool() const { return content_ != nullptr; }
    const v1::ChannelMessage& operator*() const { return content_->message; }

  private:
    static constexpr std::size_t kReusedBytes = 64 << 10;

    struct Content {
        v1::ChannelMessage message;
        std::string scope;  // The piece that its scope's fields are from.
        bool is_reusable = false;
    };

    static std::unique_ptr<Content>& last() {
        static thread_local std::unique_ptr<Content> last;
        return last;
    }

    using Fields = v1::ChannelMessage;

    void clear_event_fields() {
        content_->message.clear_id();
        content_->message.clear_kind();
        content_->message.clear_order();
        content_->message.clear_received_at_us();
        content_->message.clear_reason();
        content_->message.clear_group();
        content_->message.clear_sender();
        content_->message.clear_payload();
        content_->message.clear_correlation();
        content_->message.clear_receipt();
        content_->message.clear_gap();
    }

    // Does this piece have nothing that clear_event_fields() leaves?
    static bool has_event_fields_only(std::string_view event) {
        WireReader fields(event);
        while (const auto field = fields.next()) {
            switch (field->number) {
                case Fields::kIdFieldNumber:
                case Fields::kKindFieldNumber:
                case Fields::kOrderFieldNumber:
                case Fields::kReceivedAtUsFieldNumber:
                case Fields::kReasonFieldNumber:
                case Fields::kGroupFieldNumber:
                case Fields::kSenderFieldNumber:
                case Fields::kTextFieldNumber:
                case Fields::kDataFieldNumber:
                case Fields::kCorrelationFieldNumber:
                case Fields::kReceiptFieldNumber:
                case Fields::kGapFieldNumber:
                    break;
                default:
                    return false;
            }
        }
        return true;
    }

    std::unique_ptr<Content> content_;
};

}  // namespace millrace::inline sdk::detail
