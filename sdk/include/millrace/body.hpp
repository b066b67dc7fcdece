#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "millrace/adapter_host.hpp"

// For adapters whose messages come with what is too large to lie in memory.
namespace millrace::inline sdk {

// What belongs to a message beside its payload (`millrace_submission::body`), and grows piece by piece in a file of the
// gateway's. When it is sealed, `millrace_submission::sealed` takes its id; consumers see bytes, as of any body. It can
// be released as soon as submit has taken the message, which then keeps it.
//
// Thread: any, one at a time.
// Errors: what a disk does not take fails; error() has words for people, and all that follows fails too.
class Body {
  public:
    explicit Body(const AdapterHost& host) : table_(host.table()) {
        try_to([&](const millrace_sink& sink) { return table_->body_create(table_->self, &id_, &sink); });
    }
    ~Body() {
        if (id_ != 0) table_->body_release(table_->self, id_);
    }
    Body(Body&& other) noexcept
        : table_(other.table_), id_(std::exchange(other.id_, 0)), whole_(other.whole_),
          error_(std::move(other.error_)) {}
    Body& operator=(Body other) noexcept {
        std::swap(table_, other.table_);
        std::swap(id_, other.id_);
        std::swap(whole_, other.whole_);
        std::swap(error_, other.error_);
        return *this;
    }

    bool append(std::string_view bytes) {
        return try_to([&](const millrace_sink& sink) {
            return table_->body_append(table_->self, id_, detail::bytes(bytes), &sink);
        });
    }
    // It changes no more.
    bool seal() {
        return try_to([&](const millrace_sink& sink) {
            millrace_bytes whole{};
            const auto status = table_->body_seal(table_->self, id_, &whole, &sink);
            whole_ = detail::view(whole);
            return status;
        });
    }

    millrace_id id() const { return id_; }
    // All of it, once it is sealed. Valid as long as this body.
    std::string_view bytes() const { return whole_; }
    const std::string& error() const { return error_; }  // Empty: nothing has failed.

  private:
    template <class Call> bool try_to(Call call) {
        if (!error_.empty()) return false;
        const millrace_sink sink{sizeof sink, 0, &error_, [](void* context, millrace_bytes text) {
                                     static_cast<std::string*>(context)->append(detail::view(text));
                                 }};
        return call(sink) == MILLRACE_OK;
    }

    const millrace_adapter_host* table_;
    millrace_id id_ = 0;
    std::string_view whole_;
    std::string error_;
};

}  // namespace millrace::inline sdk
