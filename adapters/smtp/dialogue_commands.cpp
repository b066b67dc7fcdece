// The commands of Dialogue, but for those that bring text: RFC 5321 §4.1.1, RFC 3207, RFC 4954.
#include <utility>

#include "adapters/smtp/dialogue.hpp"

namespace millrace::smtp {

void Dialogue::take_line(std::string_view line) {
    if (state_ == State::login) {
        if (!input_.empty()) return hang_up(Reply::not_synchronised, Ending::misuse);
        return continue_login(login_.take(line));
    }
    due_ms_ = now_ms_ + service_.times.command_ms;
    Command command = parse_command(line);
    if (command.verb == Verb::foreign) return hang_up(Reply::not_smtp, Ending::misuse);
    const bool is_group = hello_ == Hello::extended && !ends_group(command.verb);
    if (!input_.empty() && !is_group && command.verb != Verb::quit)
        return hang_up(Reply::not_synchronised, Ending::misuse);
    if (command.fault == Reply::bad_utf8) return fail(command.fault);
    execute(command);
}

void Dialogue::execute(Command& command) {
    switch (command.verb) {
        case Verb::mail:
            return begin_mail(command);
        case Verb::rcpt:
            return begin_recipient(command);
        case Verb::bdat:
            return begin_chunk(command);
        case Verb::ehlo:
        case Verb::helo:
        case Verb::lhlo:
            return say_hello(command);
        case Verb::unimplemented:
            return fail(Reply::not_implemented);
        case Verb::unknown:
        case Verb::foreign:
            return fail(Reply::unknown_command);
        default:
            break;
    }
    if (command.fault != Reply::ok) return fail(command.fault);
    switch (command.verb) {
        case Verb::data:
            return begin_data();
        case Verb::rset:
            return reset();
        case Verb::quit:
            return hang_up(Reply::bye, Ending::abandoned);
        case Verb::starttls:
            return begin_tls();
        case Verb::auth:
            return begin_login(command);
        default:
            break;
    }
    say(command.verb == Verb::vrfy ? Reply::cannot_verify : command.verb == Verb::help ? Reply::help : Reply::ok);
    count_idle();
}

void Dialogue::count_idle() {
    if (++idle_commands_ <= service_.session.idle_commands_max || state_ == State::closed) return;
    hang_up(Reply::too_many_errors, Ending::misuse);
}

void Dialogue::say_hello(const Command& command) {
    if (service_.is_lmtp && command.verb != Verb::lhlo) return fail(Reply::use_lhlo);
    if (!service_.is_lmtp && command.verb == Verb::lhlo) return fail(Reply::use_ehlo);
    if (command.fault != Reply::ok) return fail(command.fault);
    if (hello_ != Hello::none) {
        count_idle();
        if (state_ == State::closed) return;
    }
    end_transaction(Ending::abandoned);
    hello_ = command.verb == Verb::helo ? Hello::plain : Hello::extended;
    hello_name_ = command.argument;
    output_ += hello_ == Hello::plain ? service_.hello() : service_.offer(is_tls_);
}

void Dialogue::reset() {
    if (!is_open_) {
        count_idle();
        if (state_ == State::closed) return;
    }
    end_transaction(Ending::abandoned);
    say(Reply::ok);
}

Reply Dialogue::fault_of_mail(const Command& command) const {
    if (hello_ == Hello::none) return Reply::hello_first;
    if (is_open_) return Reply::sender_given;
    if (service_.requires_tls && !is_tls_) return Reply::tls_required;
    if (service_.requires_auth && user_.empty()) return Reply::auth_required;
    if (command.fault != Reply::ok) return command.fault;
    const MailParameters& parameters = command.parameters;
    if (parameters.are_given && hello_ == Hello::plain) return Reply::unknown_parameter;
    if (parameters.submitter && !service_.has_users) return Reply::unknown_parameter;
    if (command.path.is_utf8 && !parameters.is_smtputf8) return Reply::needs_smtputf8;
    const bool is_too_large = parameters.declared_bytes.value_or(0) > service_.content.bytes_max;
    return is_too_large ? Reply::too_large : Reply::ok;
}

void Dialogue::begin_mail(Command& command) {
    if (const Reply fault = fault_of_mail(command); fault != Reply::ok) return fail(fault);
    if (mails_ >= service_.session.mails_max) return hang_up(Reply::too_many_mails, Ending::misuse);
    envelope_.sender = std::move(command.path);
    envelope_.parameters = std::move(command.parameters);
    envelope_.recipients.clear();
    envelope_.is_chunked = false;
    refused_recipients_ = 0;
    refusal_ = Reply::ok;
    chunks_ = 0;
    ask(State::question, Want::sender, service_.times.question_ms);
}

Reply Dialogue::fault_of_recipient(const Command& command) const {
    if (hello_ == Hello::none) return Reply::hello_first;
    if (!is_open_) return Reply::sender_first;
    if (envelope_.is_chunked) return Reply::in_chunks;
    if (command.fault != Reply::ok) return command.fault;
    if (command.path.is_utf8 && !envelope_.parameters.is_smtputf8) return Reply::needs_smtputf8;
    const bool is_full = envelope_.recipients.size() >= service_.session.recipients_max;
    return is_full ? Reply::too_many_recipients : Reply::ok;
}

void Dialogue::begin_recipient(Command& command) {
    if (const Reply fault = fault_of_recipient(command); fault != Reply::ok) {
        if (is_open_) ++refused_recipients_;
        return fail(fault);
    }
    recipient_ = std::move(command.path);
    ask(State::question, Want::recipient, service_.times.question_ms);
}

void Dialogue::begin_tls() {
    if (is_tls_) return fail(Reply::tls_active);
    if (!service_.has_tls || is_tls_withheld_) return fail(Reply::tls_unavailable);
    if (hello_ != Hello::extended) return fail(Reply::hello_first);
    if (is_open_) return fail(Reply::in_transaction);
    say(Reply::tls_may_start);
    ask(State::handshake, Want::tls, service_.times.handshake_ms);
}

void Dialogue::on_tls_established() {
    if (state_ != State::handshake) return;
    is_tls_ = true;
    is_asked_ = false;
    hello_ = Hello::none;
    hello_name_.clear();
    await_command();
}

void Dialogue::begin_login(const Command& command) {
    if (!service_.has_users) return fail(Reply::not_implemented);
    if (!is_tls_) return fail(Reply::auth_needs_tls);
    if (hello_ != Hello::extended) return fail(Reply::hello_first);
    if (!user_.empty()) return fail(Reply::already_authenticated);
    if (is_open_) return fail(Reply::in_transaction);
    if (const Reply fault = login_.begin(command.argument); fault != Reply::ok) return fail(fault);
    continue_login(command.initial.empty() ? login_.challenge() : login_.take(command.initial));
}

void Dialogue::continue_login(Reply reply) {
    if (reply == Reply::ok) return ask(State::question, Want::credentials, service_.times.question_ms);
    if (class_of(reply) == kIntermediate) {
        say(reply);
        state_ = State::login;
        due_ms_ = now_ms_ + service_.times.command_ms;
        codec_.expect_auth_line();
        return;
    }
    await_command();
    if (reply == Reply::auth_failed) return finish_login(reply);
    login_.credentials().wipe();
    fail(reply);
}

void Dialogue::finish_login(Reply answer) {
    Credentials& credentials = login_.credentials();
    credentials.wipe();
    if (answer == Reply::authenticated) {
        user_ = credentials.user;
        mechanism_ = credentials.mechanism;
        return say(answer);
    }
    if (answer == Reply::auth_failed && ++failed_logins_ >= service_.session.failed_logins_max)
        return hang_up(Reply::too_many_failed_logins, Ending::misuse);
    fail(answer);
}

}  // namespace millrace::smtp
