#include "adapters/chat/irc/config.hpp"

#include <string_view>

#include "adapters/chat/irc/isupport.hpp"

namespace millrace::chat::irc {
namespace {

constexpr UrlSchemes kSchemes{"irc", "ircs", "6667", "6697"};

std::int64_t ms(Duration duration) { return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count(); }

// One that stands before others in a line.
bool is_middle(std::string_view text) {
    constexpr std::string_view kNever("\0\r\n ,", 5);
    return !text.empty() && text[0] != ':' && text.find_first_of(kNever) == text.npos;
}

bool is_one_line(std::string_view text) {
    constexpr std::string_view kNever("\0\r\n", 3);
    return text.find_first_of(kNever) == text.npos;
}

bool is_nick(std::string_view text) { return is_middle(text) && text.find_first_of("!@*?#&") == text.npos; }

JoinSettings as_map(const std::variant<std::string, JoinSettings>& room) {
    if (const auto* name = std::get_if<std::string>(&room)) return {*name, {}};
    return std::get<JoinSettings>(room);
}

Fallback fallback_of(std::string_view encoding) {
    if (encoding == "iso-8859-1") return Fallback::iso_8859_1;
    return encoding == "none" ? Fallback::replacement : Fallback::windows_1252;
}

void read_server(Settings& settings, const Config& config) {
    if (const auto parsed = ServerUrl::parse(settings.server, kSchemes))
        settings.url = *parsed;
    else
        config.error("server", "`" + settings.server + "` is none: it needs ircs://HOST:PORT or irc://HOST:PORT");
    if (settings.url.has_tls)
        settings.tls_context = TlsContext::make(settings.tls, config.object("tls").value_or(config));
    else if (config.object("tls"))
        config.error("tls", "it is for servers of ircs:// alone");
    settings.network = settings.network_name.value_or(settings.url.host);
}

void read_account(const Settings& settings, const Config& config, AccountSettings& account) {
    if (settings.sasl) {
        const SaslSettings& sasl = *settings.sasl;
        const bool is_plain = sasl.mechanism == "plain";
        account.sasl = is_plain ? SaslMechanism::plain : SaslMechanism::external;
        account.is_required = sasl.is_required;
        account.name = sasl.account;
        account.password = sasl.password.value_or("");
        if (is_plain && (sasl.account.empty() || account.password.empty()))
            config.error("sasl", "`plain` needs an account and its password");
        if (!is_plain && !(settings.url.has_tls && settings.tls.cert))
            config.error("sasl", "`external` needs a certificate of its own in `tls`");
        if (sasl.account.find('\0') != std::string::npos || account.password.find('\0') != std::string::npos)
            config.error("sasl", "NUL has no place in an account or a password");
    }
    if (!settings.nickserv) return;
    const NickservSettings& nickserv = *settings.nickserv;
    account.service = nickserv.service;
    account.service_wait_ms = ms(nickserv.wait);
    if (settings.sasl && nickserv.password)
        config.error("nickserv.password", "it is told that of `sasl`; without `sasl` it has its own");
    if (!settings.sasl) account.name = nickserv.account, account.password = nickserv.password.value_or("");
    if (account.password.empty()) config.error("nickserv", "there is no password to tell it");
    if (!is_middle(nickserv.service) || !is_one_line(account.password) || !is_one_line(account.name))
        config.error("nickserv", "there is something in it that no line can have");
}

}  // namespace

Settings::Settings(const Config& config) {
    read(config, *this);
    read_server(*this, config);
    if (!is_nick(nick)) config.error("nick", "`" + nick + "` is no nick");
    for (const std::string& it : alternatives) {
        if (!is_nick(it)) config.error("alternatives", "`" + it + "` is no nick");
    }
    if (!is_one_line(network)) config.error("network", "it has more than one line");
    if (!is_middle(user)) config.error("user", "`" + user + "` is no user name");
    if (!is_one_line(real_name)) config.error("real_name", "it has more than one line");
    if (password && !is_one_line(*password)) config.error("password", "it has more than one line");
    if (reconnect.max < reconnect.initial)
        config.error("reconnect", "the first wait, `initial`, is longer than the longest, `max`");
    if (lost_after <= ping) config.error("lost_after", "a server that is asked after `ping` needs time to answer");
    for (const auto& it : join) {
        const JoinSettings room = as_map(it);
        if (!is_middle(room.room) || !Isupport().is_channel(room.room))
            config.error("join", "`" + room.room + "` is no room: it begins with `#` or `&`");
        if (room.key && !is_middle(*room.key)) config.error("join", "the key of `" + room.room + "` is none");
        session.rooms.push_back({room.room, room.key.value_or("")});
    }
    read_account(*this, config, session.account);
    session.network = network;
    session.password = password.value_or("");
    session.nick = nick;
    session.alternatives = alternatives;
    session.user = user;
    session.real_name = real_name;
    session.pace = {pace.burst, static_cast<std::uint32_t>(ms(pace.interval))};
    session.queue = {queue_messages, queue_bytes};
    session.lines_max = lines_max;
    session.register_timeout_ms = ms(connect_timeout);
    session.ping_after_ms = ms(ping);
    session.lost_after_ms = ms(lost_after);
    backlog = {backlog_settings.messages, backlog_settings.bytes};
    fallback = fallback_of(encoding);
}

}  // namespace millrace::chat::irc
