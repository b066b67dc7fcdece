#include "adapters/smtp/config.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "adapters/common/listen_settings.hpp"
#include "adapters/common/utf8.hpp"
#include "adapters/smtp/ascii.hpp"

namespace millrace::smtp {
namespace {

void add_recipient(const Config& config, Recipients& recipients, const std::string& text, const std::string& where) {
    if (!recipients.add(text))
        config.error("accept", where + "`" + text +
                                   "` is no address: it needs NAME@DOMAIN, and `*` may stand for any "
                                   "part of either");
}

void add_file(const Config& config, Recipients& recipients, std::string_view text) {
    for (std::size_t number = 1; !text.empty(); ++number) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
        if (line.empty() || line.starts_with('#')) continue;
        add_recipient(config, recipients, std::string(line), "line " + std::to_string(number) + " of the file: ");
    }
}

std::string name_of_machine() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
    return name.data();
}

std::int64_t ms(Duration duration) { return duration.count(); }

}  // namespace

AdapterSettings::AdapterSettings(const Config& config)
    : thread_count(std::clamp(std::thread::hardware_concurrency(), 1U, 64U)) {
    read(config, *this);
    endpoints = read_endpoints(config, listen, 2525);
    if (const auto part = config.object("tls")) tls_context = TlsContext::make(tls, *part);
    if (!tls_context && tls_mode == "implicit") config.error("tls_mode", "it needs `tls`");
    if (!tls_context && requires_tls) config.error("require_tls", "it needs `tls`");
    for (const auto& it : accept) {
        if (const auto* file = std::get_if<AddressFile>(&it))
            add_file(config, recipients, file->addresses);
        else
            add_recipient(config, recipients, std::get<std::string>(it), "");
    }
    if (users_text) {
        if (const std::string wrong = users.read(*users_text); !wrong.empty()) config.error("users", wrong);
        if (!tls_context) config.error("users", "nobody can log in without `tls`: passwords are not sent in clear");
    }
    if (requires_auth && users.are_none()) config.error("require_auth", "it needs `users`");
    for (const std::string& text : proxy_texts) {
        if (!proxies.add(text))
            config.error("proxy_protocol", "`" + text + "` is neither an IP address nor a network like 10.0.0.0/8");
    }
    if (hostname && !is_domain(*hostname)) config.error("hostname", "`" + *hostname + "` is no name of a host");
    if (const auto part = config.object("smarthost")) {
        smarthost = smarthost_settings;
        smarthost->judge(*part);
        if (!is_ascii(host_name()))
            config.error("hostname", "mail that is sent needs one in ASCII: `" + as_name(host_name()) + "` is not");
    }
}

std::string AdapterSettings::host_name() const { return hostname.value_or(name_of_machine()); }

Service AdapterSettings::service() const {
    smtp::Settings settings;
    settings.host = host_name();
    settings.is_lmtp = is_lmtp();
    settings.has_tls = tls_context != nullptr;
    settings.has_users = !users.are_none();
    settings.requires_tls = requires_tls;
    settings.requires_auth = requires_auth;
    settings.times.greeting_delay_ms = ms(greeting_delay);
    settings.times.command_ms = ms(command_timeout);
    settings.times.data_ms = ms(data_timeout);
    settings.times.data_bytes_per_s = data_rate_min;
    settings.times.session_ms = ms(session_timeout);
    settings.times.verdict_ms = ms(verdict_timeout);
    settings.session.recipients_max = recipients_max;
    settings.session.mails_max = mails_max;
    settings.session.errors_max = errors_max;
    settings.content.bytes_max = mail_bytes_max;
    settings.content.line_bytes_max = line_bytes_max;
    settings.content.header_bytes_max = header_bytes_max;
    settings.content.fields_max = fields_max;
    settings.content.received_max = received_max;
    return Service(std::move(settings));
}

}  // namespace millrace::smtp
