#include <algorithm>

#include "gateway/core/config_sections.hpp"
#include "gateway/core/endpoint.hpp"

namespace millrace {
namespace {

constexpr std::uint64_t kDrainMax_ms = 3'600'000;
constexpr std::uint64_t kRetireMax_ms = 30ull * 86'400'000;
constexpr std::size_t kNameSizeMax = 64;
constexpr std::uint64_t kRowsMax = 1'000'000'000;
constexpr std::uint64_t kSpoolBytesMax = std::uint64_t{1} << 50;
constexpr std::uint64_t kAgeMax_ms = std::uint64_t{10 * 366} * 86'400'000;

bool is_gateway_name(std::string_view name) {
    auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
    return name.size() <= kNameSizeMax && is_letter(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return is_letter(c) || c == '-' || c == '_' || c == '.'; });
}

// One, or a list of which any will do.
void read_admin_tokens(const YamlEntry& token, Reading& reading) {
    const YamlNode& value = token.value;
    const bool is_list = value.kind == YamlNode::Kind::list;
    if (is_list && value.items.empty()) return report(reading.errors, value.at, "bad-value", "'token' is empty");
    for (const YamlNode& item : is_list ? value.items : std::vector{value}) {
        auto secret = read_secret_place(item, "token", "gateway.admin", reading);
        if (secret) reading.config.admin_tokens.push_back(*std::move(secret));
    }
}

void read_admin(const YamlEntry& admin, Reading& reading) {
    const bool is_map = admin.value.kind == YamlNode::Kind::map;
    const YamlEntry* listen = &admin;
    const YamlEntry* token = nullptr;
    if (is_map) {
        MapReader keys(admin.value, admin.at, "gateway.admin", kAdminKeys, reading.errors);
        listen = keys.require("listen");
        token = keys.find("token");
    }
    if (token != nullptr) read_admin_tokens(*token, reading);
    if (listen == nullptr) return;
    const std::string* text =
        read_scalar(listen->value, listen->key, "an address such as 127.0.0.1:9780", reading.errors);
    if (text == nullptr) return;
    const Endpoint endpoint = endpoint_of(*text);
    if (endpoint == Endpoint::wrong) {
        return report(reading.errors, listen->value.at, "bad-value",
                      "'" + *text + "' is no address; write one such as 127.0.0.1:9780 or [::1]:9780");
    }
    if (endpoint == Endpoint::elsewhere && token == nullptr) {
        return report(reading.errors, listen->value.at, "no-token",
                      "'" + *text + "' can be reached from outside, where 'admin' needs a token: write { listen: \"" +
                          *text + "\", token: { file: PATH } }, or a loopback address");
    }
    reading.config.admin = *text;
}

void read_spool(const YamlEntry& spool, Reading& reading) {
    SpoolConfig& config = reading.config.spool;
    MapReader keys(spool.value, spool.at, "gateway.spool", kSpoolKeys, reading.errors);
    keys.read_count("max_messages", config.messages, 1, kRowsMax);
    keys.read_size("max_bytes", config.bytes, 1, kSpoolBytesMax);
    keys.read_duration("max_age", config.age_ms, 1'000, kAgeMax_ms);
    keys.read_size("min_free", config.free_bytes, 1 << 20, kSpoolBytesMax);
    keys.read_duration("letters_age", config.letters_age_ms, 1'000, kAgeMax_ms);
    keys.read_size("letters_bytes", config.letters_bytes, 1 << 20, kSpoolBytesMax);
    keys.read_duration("duplicates_age", config.duplicates_age_ms, 1'000, kAgeMax_ms);
    keys.read_count("duplicates", config.duplicates, 1, kRowsMax);
}

}  // namespace

std::string resolve_path(const std::filesystem::path& folder, const std::string& path) {
    std::filesystem::path whole = (folder / path).lexically_normal();
    if (!whole.has_filename()) whole = whole.parent_path();
    return whole.string();
}

void read_gateway(const YamlEntry* section, Reading& reading) {
    static const YamlNode kAbsent;
    Config& config = reading.config;
    Position at = section == nullptr ? Position{} : section->at;
    MapReader keys(section == nullptr ? kAbsent : section->value, at, "gateway", kGatewayKeys, reading.errors);
    keys.read("name", config.name);
    if (!is_gateway_name(config.name)) {
        report(reading.errors, keys.find("name")->value.at, "bad-name",
               "a gateway's name is of letters, digits, '.', '_' and '-', at most 64 long");
    }
    std::string state_dir = "state";
    std::string plugins_dir;
    keys.read("state_dir", state_dir);
    keys.read("plugins_dir", plugins_dir);
    config.state_dir = resolve_path(reading.folder, state_dir);
    if (!plugins_dir.empty()) config.plugins_dir = resolve_path(reading.folder, plugins_dir);
    if (const YamlEntry* admin = keys.find("admin")) read_admin(*admin, reading);
    keys.read_duration("drain", config.drain_ms, 0, kDrainMax_ms);
    keys.read_duration("retire_after", config.retire_after_ms, 0, kRetireMax_ms);
    keys.read_flag("watch_config", config.watch_config);
    if (const YamlEntry* spool = keys.find("spool")) read_spool(*spool, reading);
    if (const YamlEntry* log = keys.find("log")) {
        MapReader log_keys(log->value, log->at, "gateway.log", kLogKeys, reading.errors);
        log_keys.read_choice("level", config.log_level, {"debug", "info", "warn", "error"});
        log_keys.read_choice("format", config.log_format, {"text", "json"});
    }
}

}  // namespace millrace
