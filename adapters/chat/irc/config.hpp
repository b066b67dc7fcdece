#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "adapters/chat/irc/backlog.hpp"
#include "adapters/chat/irc/encoding.hpp"
#include "adapters/chat/irc/session_settings.hpp"
#include "adapters/common/server_url.hpp"
#include "adapters/common/tls.hpp"
#include "millrace/keys.hpp"

namespace millrace::chat::irc {

// One of `join`.
struct JoinSettings {
    std::string room;
    std::optional<std::string> key;

    static constexpr auto kKeys =
        keys(millrace::key("room", &JoinSettings::room, {.about = "its name, with `#`"}),
             millrace::key("key", &JoinSettings::key, {.form = Form::secret, .about = "of a room that has one"}));
};

struct SaslSettings {
    std::string mechanism = "plain";
    std::string account;
    std::optional<std::string> password;
    bool is_required = true;

    static constexpr auto kKeys =
        keys(millrace::key(
                 "mechanism", &SaslSettings::mechanism,
                 {.fallback = "plain", .choices = {"plain", "external"}, .about = "external: by the TLS certificate"}),
             millrace::key("account", &SaslSettings::account, {.fallback = "", .about = "its name; of `plain`"}),
             millrace::key("password", &SaslSettings::password, {.form = Form::secret, .about = "of `plain`"}),
             millrace::key("required", &SaslSettings::is_required,
                           {.fallback = true, .about = "without the account there is no connection"}));
};

// Who is told the password where SASL cannot be had.
struct NickservSettings {
    std::string service;
    std::string account;
    std::optional<std::string> password;
    Duration wait{};

    static constexpr auto kKeys =
        keys(millrace::key("service", &NickservSettings::service, {.fallback = "NickServ", .about = "who is told"}),
             millrace::key("account", &NickservSettings::account,
                           {.fallback = "", .about = "its name, where that is not the nick"}),
             millrace::key("password", &NickservSettings::password, {.form = Form::secret, .about = "that is told"}),
             millrace::key("wait", &NickservSettings::wait,
                           {.fallback = std::chrono::seconds(5),
                            .max = std::chrono::minutes(5),
                            .about = "how long rooms wait for what comes of it"}));
};

// How fast lines leave.
struct PaceSettings {
    std::uint32_t burst = 5;
    Duration interval{};

    static constexpr auto kKeys =
        keys(millrace::key("burst", &PaceSettings::burst, {.fallback = 5, .min = 1, .max = 1000, .unit = "lines"}),
             millrace::key("interval", &PaceSettings::interval,
                           {.fallback = std::chrono::milliseconds(1300),
                            .min = std::chrono::milliseconds(1),
                            .max = std::chrono::minutes(1),
                            .about = "between lines, after a burst"}));
};

// What may wait of what a room or a person has said, where consumers have no room for it.
struct BacklogSettings {
    std::uint32_t messages = 1024;
    std::uint64_t bytes = 1 << 20;

    static constexpr auto kKeys =
        keys(millrace::key("messages", &BacklogSettings::messages, {.fallback = 1024, .min = 1, .max = 100'000}),
             millrace::key("bytes", &BacklogSettings::bytes,
                           {.fallback = 1 << 20, .form = Form::size, .min = 1024, .max = 64 << 20}));
};

// When a connection that has failed is made anew.
struct ReconnectSettings {
    Duration initial{};
    Duration max{};

    static constexpr auto kKeys =
        keys(millrace::key("initial", &ReconnectSettings::initial,
                           {.fallback = std::chrono::seconds(1),
                            .min = std::chrono::milliseconds(10),
                            .max = std::chrono::hours(1),
                            .about = "after the first failure; doubled each time, with jitter"}),
             millrace::key("max", &ReconnectSettings::max,
                           {.fallback = std::chrono::minutes(5),
                            .min = std::chrono::milliseconds(10),
                            .max = std::chrono::hours(24),
                            .about = "the longest"}));
};

// The keys of a `type: irc` adapter; README.md says more of them.
struct Settings {
    explicit Settings(const Config& config);

    std::string server;
    TlsClientSettings tls;
    std::optional<std::string> network_name;
    std::string nick;
    std::vector<std::string> alternatives;
    std::string user;
    std::string real_name;
    std::optional<std::string> password;
    std::optional<SaslSettings> sasl;
    std::optional<NickservSettings> nickserv;
    std::vector<std::variant<std::string, JoinSettings>> join;
    std::optional<std::string> state;
    std::string encoding;
    PaceSettings pace;
    std::uint32_t queue_messages;
    std::uint64_t queue_bytes;
    std::uint32_t lines_max;
    BacklogSettings backlog_settings;
    bool takes_own;
    std::uint32_t persons_max;
    Duration idle_timeout;
    ReconnectSettings reconnect;
    Duration connect_timeout;
    Duration ping;
    Duration lost_after;

    static constexpr auto kKeys = keys(
        millrace::key("server", &Settings::server, {.about = "ircs://HOST:PORT, or without TLS irc://HOST:PORT"}),
        millrace::key("tls", &Settings::tls, {.about = "of an ircs server"}),
        millrace::key("network", &Settings::network_name,
                      {.otherwise = "the server's host", .about = "the name that messages and routes have for it"}),
        millrace::key("nick", &Settings::nick, {.fallback = "millrace", .about = "the gateway's"}),
        millrace::key("alternatives", &Settings::alternatives, {.about = "nicks, where that is taken"}),
        millrace::key("user", &Settings::user, {.fallback = "millrace", .about = "the user name"}),
        millrace::key("real_name", &Settings::real_name, {.fallback = "Millrace", .about = "for people"}),
        millrace::key("password", &Settings::password, {.form = Form::secret, .about = "of the server"}),
        millrace::key("sasl", &Settings::sasl, {.about = "the gateway's account on the network"}),
        millrace::key("nickserv", &Settings::nickserv, {.about = "for networks without SASL"}),
        millrace::key("join", &Settings::join, {.about = "rooms, or maps of room and key"}),
        millrace::key("state", &Settings::state,
                      {.form = Form::path, .about = "a file of what is known after a restart"}),
        millrace::key("encoding", &Settings::encoding,
                      {.fallback = "windows-1252",
                       .choices = {"windows-1252", "iso-8859-1", "none"},
                       .about = "of texts that are not UTF-8"}),
        millrace::key("pace", &Settings::pace, {.about = "how fast lines leave"}),
        millrace::key("queue_messages", &Settings::queue_messages,
                      {.fallback = 1000, .min = 1, .max = 100'000, .about = "that may wait for a room or a person"}),
        millrace::key("queue_bytes", &Settings::queue_bytes,
                      {.fallback = 256 << 10, .form = Form::size, .min = 1024, .max = 64 << 20, .about = "of them"}),
        millrace::key("max_lines", &Settings::lines_max,
                      {.fallback = 50, .min = 1, .max = 10'000, .about = "that one message may become"}),
        millrace::key("backlog", &Settings::backlog_settings,
                      {.about = "of a room or a person, that consumers have no room for"}),
        millrace::key("own_messages", &Settings::takes_own,
                      {.fallback = false, .about = "what the gateway says is routed too, where the server repeats it"}),
        millrace::key("max_persons", &Settings::persons_max,
                      {.fallback = 10'000, .min = 1, .max = 1'000'000, .about = "who talk to the gateway alone"}),
        millrace::key("idle_timeout", &Settings::idle_timeout,
                      {.fallback = std::chrono::hours(1),
                       .min = std::chrono::milliseconds(100),
                       .max = std::chrono::hours(24 * 30),
                       .about = "of a person without a message"}),
        millrace::key("reconnect", &Settings::reconnect, {.about = "when a connection that has failed is made anew"}),
        millrace::key("connect_timeout", &Settings::connect_timeout,
                      {.fallback = std::chrono::seconds(30),
                       .min = std::chrono::milliseconds(100),
                       .max = std::chrono::hours(1),
                       .about = "until the server has let the gateway in"}),
        millrace::key("ping", &Settings::ping,
                      {.fallback = std::chrono::seconds(30),
                       .min = std::chrono::milliseconds(100),
                       .max = std::chrono::hours(1),
                       .about = "after so long a silence"}),
        millrace::key("lost_after", &Settings::lost_after,
                      {.fallback = std::chrono::seconds(120),
                       .min = std::chrono::milliseconds(200),
                       .max = std::chrono::hours(2),
                       .about = "so long a silence the connection is lost"}));

    // What they say.
    ServerUrl url;
    std::string network;
    std::shared_ptr<const TlsContext> tls_context;  // Null where there is none.
    SessionSettings session;
    BacklogLimits backlog{};
    Fallback fallback = Fallback::windows_1252;
};

}  // namespace millrace::chat::irc
