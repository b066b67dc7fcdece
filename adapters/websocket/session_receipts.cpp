#include "adapters/websocket/io_thread.hpp"
#include "adapters/websocket/session.hpp"

// A session's part that tells who has sent something what became of it: it has left, or its connection has ended first.
namespace millrace::websocket {

void Session::keep_receipt(std::uint64_t receipt) {
    if (!receipts_) receipts_ = std::make_unique<Receipts>();
    receipts_->add(receipt, out_.owed());
}

void Session::tell_left(std::uint64_t bytes) {
    receipts_->written(bytes);
    while (const auto receipt = receipts_->take_written())
        thread_.host().outcome(thread_.loop(), *receipt, MILLRACE_SENT);
}

void Session::tell_lost() {
    while (const auto receipt = receipts_->take())
        thread_.host().outcome(thread_.loop(), *receipt, MILLRACE_LOST, 0, "the connection has ended");
}

}  // namespace millrace::websocket
