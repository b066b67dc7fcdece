#include "adapters/smtp/trace.hpp"

#include <algorithm>

#include "adapters/smtp/mime/writer.hpp"

namespace millrace::smtp {
namespace {

// No blank, and nothing that would end a comment, a path or the field.
std::string as_word(std::string_view text) {
    std::string word(text);
    std::replace_if(
        word.begin(), word.end(),
        [](char c) {
            return (c >= 0 && c <= ' ') || std::string_view("()<>\\;,\"\x7f").find(c) != std::string_view::npos;
        },
        '?');
    return word.empty() ? "unknown" : word;
}

std::string address_literal(std::string_view ip) {
    const bool is_v6 = ip.find(':') != std::string_view::npos;
    return std::string(is_v6 ? "[IPv6:" : "[").append(ip).append("]");
}

// RFC 5321 §4.4: the name before the address is the one that the DNS has confirmed.
std::string known_name(const std::optional<ClientName>& name) {
    return name && name->result == v1::Email::Authentication::PASS ? name->name + " " : std::string();
}

}  // namespace

std::string trace_of(const Transaction& transaction) {
    std::string trace = "Return-Path: <" + std::string(transaction.from) + ">\r\n";
    trace += "Received: from " + as_word(transaction.helo) + " (" + known_name(transaction.client_name) +
             address_literal(transaction.client_ip) + ")\r\n";
    if (transaction.tls) {
        trace += "\t(using " + as_word(transaction.tls->version) + " with cipher " + as_word(transaction.tls->cipher) +
                 ")\r\n";
    }
    trace.append("\tby ").append(transaction.host).append(" with ").append(transaction.protocol);
    trace.append(" id ").append(transaction.number);
    if (transaction.to.size() == 1) trace.append("\r\n\tfor <").append(transaction.to.front()).append(">");
    return trace.append(";\r\n\t").append(mime::date_text(transaction.now_s)).append("\r\n");
}

}  // namespace millrace::smtp
