#include "adapters/smtp/command.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "adapters/common/utf8.hpp"
#include "adapters/smtp/ascii.hpp"

namespace millrace::smtp {
namespace {

struct Name {
    std::string_view word;
    Verb verb;
};

constexpr std::array kNames = {
    Name{"MAIL", Verb::mail},          Name{"RCPT", Verb::rcpt},          Name{"DATA", Verb::data},
    Name{"BDAT", Verb::bdat},          Name{"EHLO", Verb::ehlo},          Name{"HELO", Verb::helo},
    Name{"LHLO", Verb::lhlo},          Name{"RSET", Verb::rset},          Name{"NOOP", Verb::noop},
    Name{"QUIT", Verb::quit},          Name{"STARTTLS", Verb::starttls},  Name{"AUTH", Verb::auth},
    Name{"VRFY", Verb::vrfy},          Name{"HELP", Verb::help},          Name{"EXPN", Verb::unimplemented},
    Name{"ETRN", Verb::unimplemented}, Name{"ATRN", Verb::unimplemented}, Name{"TURN", Verb::unimplemented},
    Name{"SEND", Verb::unimplemented}, Name{"SOML", Verb::unimplemented}, Name{"SAML", Verb::unimplemented},
    Name{"BURL", Verb::unimplemented}, Name{"GET", Verb::foreign},        Name{"POST", Verb::foreign},
    Name{"PUT", Verb::foreign},        Name{"HEAD", Verb::foreign},       Name{"CONNECT", Verb::foreign},
    Name{"OPTIONS", Verb::foreign},    Name{"DELETE", Verb::foreign},     Name{"TRACE", Verb::foreign},
};

constexpr char kTlsHandshake = 0x16;
constexpr std::size_t kNameBytesMax = 255;

// "Subject:".
bool is_field_name(std::string_view word) {
    return word.size() > 1 && word.back() == ':' && is_letter(word.front()) &&
           std::all_of(word.begin(), word.end() - 1, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

Verb verb_of(std::string_view word) {
    for (const Name& name : kNames) {
        if (is_word(word, name.word)) return name.verb;
    }
    return is_field_name(word) || word.starts_with(kTlsHandshake) ? Verb::foreign : Verb::unknown;
}

bool has_control(std::string_view text) { return std::any_of(text.begin(), text.end(), is_control); }

// A name is not judged, as it need not be true (RFC 5321 §4.1.4); it has to be one word.
Reply parse_name(std::string_view rest, Command& command) {
    const auto is_of_name = [](char c) { return c > ' ' && c <= '~'; };
    command.argument = rest;
    const bool is_one =
        !rest.empty() && rest.size() <= kNameBytesMax && std::all_of(rest.begin(), rest.end(), is_of_name);
    return is_one ? Reply::ok : Reply::bad_argument;
}

// "FROM:<path> parameters"; a blank before the path is borne.
Reply parse_path(std::string_view rest, std::string_view keyword, Command& command) {
    const bool is_mail = command.verb == Verb::mail;
    const Reply bad_path = is_mail ? Reply::bad_sender : Reply::bad_recipient;
    if (!starts_with_word(rest, keyword)) return Reply::bad_argument;
    rest = trimmed(rest.substr(keyword.size()));
    if (!take_path(rest, is_mail ? PathKind::reverse : PathKind::forward, command.path)) return bad_path;
    if (!rest.empty() && rest.front() != ' ') return bad_path;
    return is_mail ? parse_mail_parameters(rest, command.parameters) : parse_recipient_parameters(rest);
}

Reply parse_chunk(std::string_view rest, Command& command) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const auto [stop, error] = std::from_chars(rest.data(), rest.data() + end, command.chunk_bytes);
    if (end == 0 || error != std::errc() || stop != rest.data() + end) return Reply::bad_argument;
    const std::string_view last = trimmed(rest.substr(end));
    command.is_last = is_word(last, "LAST");
    return last.empty() || command.is_last ? Reply::ok : Reply::bad_argument;
}

Reply parse_auth(std::string_view rest, Command& command) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    command.argument = rest.substr(0, end);
    command.initial = trimmed(rest.substr(end));
    return command.argument.empty() || command.initial.find(' ') != rest.npos ? Reply::bad_argument : Reply::ok;
}

Reply parse_arguments(std::string_view rest, Command& command) {
    switch (command.verb) {
        case Verb::ehlo:
        case Verb::helo:
        case Verb::lhlo:
            return parse_name(rest, command);
        case Verb::mail:
            return parse_path(rest, "FROM:", command);
        case Verb::rcpt:
            return parse_path(rest, "TO:", command);
        case Verb::bdat:
            return parse_chunk(rest, command);
        case Verb::auth:
            return parse_auth(rest, command);
        case Verb::vrfy:
            return rest.empty() || has_control(rest) ? Reply::bad_argument : Reply::ok;
        case Verb::noop:
        case Verb::help:
            return has_control(rest) ? Reply::bad_argument : Reply::ok;
        case Verb::data:
        case Verb::rset:
        case Verb::quit:
        case Verb::starttls:
            return rest.empty() ? Reply::ok : Reply::bad_argument;
        case Verb::unknown:
        case Verb::unimplemented:
        case Verb::foreign:
            break;
    }
    return Reply::ok;
}

}  // namespace

Command parse_command(std::string_view line) {
    Command command;
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    command.verb = verb_of(line.substr(0, end));
    if (command.verb == Verb::unknown) return command;
    if (!is_ascii(line) && !is_utf8(line)) {
        command.fault = Reply::bad_utf8;
        return command;
    }
    command.fault = parse_arguments(trimmed(line.substr(end)), command);
    return command;
}

bool ends_group(Verb verb) {
    switch (verb) {
        case Verb::ehlo:
        case Verb::helo:
        case Verb::lhlo:
        case Verb::data:
        case Verb::noop:
        case Verb::vrfy:
        case Verb::help:
        case Verb::starttls:
        case Verb::auth:
            return true;
        default:
            return false;
    }
}

}  // namespace millrace::smtp
