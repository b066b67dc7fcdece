// The text of a message in Dialogue, and what becomes of it: RFC 5321 §4.1.1.4, RFC 3030 §2, RFC 2033 §4.2.
#include <algorithm>

#include "adapters/smtp/dialogue.hpp"

namespace millrace::smtp {

Reply Dialogue::fault_of_content(Verb verb) const {
    const bool is_chunk = verb == Verb::bdat;
    if (hello_ == Hello::none || (is_chunk && hello_ == Hello::plain)) return Reply::hello_first;
    if (!is_open_) return Reply::sender_first;
    if (envelope_.is_chunked && !is_chunk) return Reply::in_chunks;
    if (!envelope_.recipients.empty()) return Reply::ok;
    const bool had_some = refused_recipients_ != 0 && !service_.is_lmtp;
    return had_some ? Reply::no_valid_recipient : Reply::recipient_first;
}

void Dialogue::begin_data() {
    if (const Reply fault = fault_of_content(Verb::data); fault != Reply::ok) return fail(fault);
    codec_.begin_data();
    say(Reply::start_content);
    state_ = State::data;
    due_ms_ = now_ms_ + service_.times.data_ms;
    data_credit_bytes_ = 0;
}

// What a refused chunk brings is read all the same, as it would be taken for commands.
void Dialogue::begin_chunk(const Command& command) {
    if (command.fault != Reply::ok) return hang_up(command.fault, Ending::misuse);
    if (command.chunk_bytes / 2 > service_.content.bytes_max) return hang_up(Reply::too_large, Ending::misuse);
    chunk_bytes_ = command.chunk_bytes;
    is_last_chunk_ = command.is_last;
    chunk_fault_ = fault_of_content(Verb::bdat);
    if (chunk_fault_ == Reply::ok) {
        if (!envelope_.is_chunked) codec_.begin_chunks();
        envelope_.is_chunked = true;
        if (++chunks_ > service_.session.chunks_max) return hang_up(Reply::too_many_chunks, Ending::misuse);
    }
    const bool is_wanted = chunk_fault_ == Reply::ok;
    if (is_wanted && codec_.content_bytes() + chunk_bytes_ > service_.content.bytes_max)
        refuse_content(Reply::too_large);
    codec_.begin_chunk(chunk_bytes_, is_wanted && refusal_ == Reply::ok);
    state_ = State::chunk;
    due_ms_ = now_ms_ + service_.times.data_ms;
    data_credit_bytes_ = 0;
}

void Dialogue::refuse_content(Reply reply) {
    if (is_message_coming() && state_ != State::verdict && refusal_ == Reply::ok) refusal_ = reply;
}

void Dialogue::finish_data() {
    if (const Faults faults = codec_.faults(); !faults.are_none())
        return refuse_message(faults.reply(), verdict_count());
    if (refusal_ != Reply::ok) return refuse_message(refusal_, verdict_count());
    await_verdict();
}

void Dialogue::finish_chunk() {
    await_command();
    if (chunk_fault_ != Reply::ok) return fail(chunk_fault_);
    if (is_last_chunk_) codec_.finish_chunks();
    const std::size_t times = is_last_chunk_ ? verdict_count() : 1;
    if (const Faults faults = codec_.faults(); !faults.are_none()) return refuse_message(faults.reply(), times);
    if (refusal_ != Reply::ok) return refuse_message(refusal_, times);
    if (is_last_chunk_) return await_verdict();
    output_.append("250 2.0.0 ").append(std::to_string(chunk_bytes_)).append(" octets\r\n");
    ++tally_[static_cast<std::size_t>(Reply::ok)];
    if (chunk_bytes_ == 0) count_idle();
}

// Said once for each reply that is waited for, counted once.
void Dialogue::refuse_message(Reply reply, std::size_t times) {
    fail(reply);
    for (std::size_t i = 1; i < times && state_ != State::closed; ++i) output_ += line_of(reply);
    finish_transaction(Ending::refused);
}

void Dialogue::await_verdict() {
    settlements_.assign(verdict_count(), std::nullopt);
    told_ = 0;
    ask(State::verdict, Want::verdict, service_.times.verdict_ms);
}

bool Dialogue::settle(std::uint32_t ticket, std::size_t index, const Settlement& settlement) {
    if (state_ != State::verdict || ticket != ticket_ || index >= settlements_.size() || settlements_[index])
        return false;
    settlements_[index] = settlement;
    tell_verdicts(Ending::settled);
    return true;
}

// In the order of the recipients, each as soon as those before it are told.
void Dialogue::tell_verdicts(Ending ending) {
    for (; told_ < settlements_.size() && settlements_[told_]; ++told_) {
        const Settlement& settlement = *settlements_[told_];
        append_reply(output_, settlement);
        const bool is_ack = settlement.verdict == Settlement::Verdict::ack;
        const bool is_retry = settlement.verdict == Settlement::Verdict::retry;
        const Reply kind = is_ack ? Reply::ok : is_retry ? Reply::try_later : Reply::mail_refused;
        ++tally_[static_cast<std::size_t>(kind)];
        if (is_ack) errors_ = idle_commands_ = 0;
    }
    if (told_ == settlements_.size()) finish_transaction(ending);
}

void Dialogue::finish_transaction(Ending ending) {
    is_asked_ = false;
    end_transaction(ending);
    await_command();
}

}  // namespace millrace::smtp
