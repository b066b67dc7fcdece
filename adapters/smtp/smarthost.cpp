#include "adapters/smtp/smarthost.hpp"

#include "adapters/common/mail_syntax.hpp"

namespace millrace::smtp {

void SmarthostSettings::judge(const Config& config) const {
    if (username.has_value() != password.has_value())
        config.error(username ? "username" : "password", "an account has both, `username` and `password`");
    else if (const std::string wrong = mail_settings_fault(client("localhost", 1)); !wrong.empty())
        config.error("url", wrong);
    if (!is_mailbox(from) || is_international(from))
        config.error("from", "`" + from + "` is no address: it needs NAME@DOMAIN, in ASCII");
    if (retry.max < retry.initial) config.error("retry.initial", "it is longer than the longest wait, `max`");
}

MailClientSettings SmarthostSettings::client(const std::string& hello_name, std::size_t mails_max) const {
    using StartTls = MailClientSettings::StartTls;
    MailClientSettings settings;
    settings.url = url;
    settings.start_tls = start_tls == "off"        ? StartTls::off
                         : start_tls == "optional" ? StartTls::optional
                                                   : StartTls::required;
    if (username && password) settings.login = {*username, *password};
    settings.ca = ca;
    settings.hello_name = hello_name;
    settings.connections = connections;
    settings.mails_max = mails_max;
    settings.timeout = timeout;
    return settings;
}

}  // namespace millrace::smtp
