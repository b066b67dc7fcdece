#include "adapters/sms/sending.hpp"

#include <algorithm>
#include <tuple>

#include "adapters/sms/normalise.hpp"
#include "millrace/v1/command.pb.h"

namespace millrace::sms {
namespace {

constexpr std::size_t kAddressBytesMax = 64;
constexpr std::size_t kTextBytesMax = 64 * 1024;  // Providers take less, and say so.
constexpr int kMediaMax = 10;

// Of a number, a short code, a name, a channel's user; nothing that a form, a header or a log could take amiss.
bool is_address(std::string_view text) {
    return !text.empty() && text.size() <= kAddressBytesMax &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

std::string_view wrong_with(const Sending& sending) {
    const Outbound& message = sending.message;
    if (message.from.empty()) return "nobody says which of our numbers sends: neither its address nor `send.from`";
    if (!is_address(message.from) || !is_address(message.to)) return "its address is none that an SMS can have";
    if (message.text.empty() && message.media_urls.empty()) return "it has neither a text nor media";
    return message.text.size() > kTextBytesMax ? "its text is longer than 64 KiB" : std::string_view();
}

}  // namespace

std::string_view to_sending(const Outgoing& command, const SendSettings& settings, Sending& sending) {
    sending.size = command.payload.size() + command.body.size();
    sending.receipt = command.receipt;
    sending.id = command.id;
    sending.asker = command.asker;
    sending.asked_in = command.asked_in;
    if (command.payload_kind == MILLRACE_DATA) return "it is binary, which is not sent";
    Outbound& message = sending.message;
    std::tie(message.from, message.to) = parties_of(command.address);
    message.text = command.payload;
    v1::Command body;
    if (!body.ParseFromArray(command.body.data(), static_cast<int>(command.body.size())))
        return "its body is no Command";
    const v1::SmsSend& more = body.sms_send();
    if (more.media_urls_size() > kMediaMax) return "it has more than 10 media";
    message.media_urls.assign(more.media_urls().begin(), more.media_urls().end());
    message.reference = more.client_reference();
    sending.path = more.path();
    if (message.from.empty()) message.from = more.from().empty() ? settings.from.value_or("") : more.from();
    return wrong_with(sending);
}

}  // namespace millrace::sms
