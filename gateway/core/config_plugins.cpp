#include <algorithm>

#include "gateway/core/config_sections.hpp"

namespace millrace {
namespace {

constexpr std::uint64_t kWorkersMax = 1024;
constexpr std::uint64_t kMessagesMax = 1'000'000'000;
constexpr std::uint64_t kBytesMax = std::uint64_t{1} << 40;
constexpr std::uint64_t kIdleMax_ms = 30 * std::uint64_t{86'400'000};
constexpr std::uint64_t kStateTtlMax_ms = 3650 * std::uint64_t{86'400'000};

const char* name_of(Manifest::Kind kind) { return kind == Manifest::Kind::adapter ? "adapter" : "consumer"; }

std::string where_looked(const Catalogue& catalogue) {
    if (catalogue.folders.empty()) return "; there is no folder to look for plugins in";
    std::string text = " in ";
    for (const std::string& folder : catalogue.folders) text += (&folder == &catalogue.folders[0] ? "" : ", ") + folder;
    return text;
}

void check_plugin(const YamlNode& node, const std::string& id, Manifest::Kind kind, Reading& reading) {
    std::vector<std::string_view> ids;
    bool is_other_kind = false;
    for (const Manifest& plugin : reading.catalogue.plugins) {
        if (plugin.kind == kind) ids.push_back(plugin.id);
        is_other_kind = is_other_kind || (plugin.kind != kind && plugin.id == id);
    }
    if (std::ranges::find(ids, id) != ids.end()) return;
    std::string text = std::string("no ") + name_of(kind) + " plugin '" + id + "'" + where_looked(reading.catalogue);
    text += is_other_kind ? "; the plugin of that name is of the other kind" : hint(id, ids);
    report(reading.errors, node.at, "unknown-plugin", text);
}

std::vector<std::string> read_addresses(const YamlEntry& entry, Reading& reading) {
    std::vector<std::string> addresses;
    if (entry.value.kind != YamlNode::Kind::list) {
        report(reading.errors, entry.value.at, "wrong-type",
               "'may_send' has to be a list of addresses, not " + describe(entry.value));
    }
    for (const YamlNode& node : entry.value.items) {
        const std::string* text = read_scalar(node, "may_send", "an address such as \"bank:alice\"", reading.errors);
        if (text) addresses.push_back(*text);
    }
    return addresses;
}

// Addresses begin with a name, which can only be judged once all names are known.
void check_addresses(const YamlEntry& consumer, Reading& reading) {
    const YamlEntry* entry = consumer.value.find("may_send");
    if (!entry) return;
    std::vector<std::string_view> names;
    for (const AdapterConfig& adapter : reading.config.adapters) names.push_back(adapter.name);
    for (const ConsumerConfig& each : reading.config.consumers) names.push_back(each.name);
    for (const YamlNode& node : entry->value.items) {
        const std::string_view address = node.text;
        if (address.empty() || address == "*") continue;
        const auto colon = address.find(':');
        const std::string_view name = address.substr(0, colon);
        if (colon == address.npos || colon + 1 == address.size()) {
            report(reading.errors, node.at, "bad-value",
                   "'" + node.text + "' is no address: a name, a colon and what it stands for, such as 'bank:alice'");
        } else if (std::ranges::find(names, name) == names.end()) {
            report(reading.errors, node.at, "unknown-name",
                   "'" + std::string(name) + "' is neither an adapter nor a consumer" + hint(name, names));
        }
    }
}

ConsumerConfig read_consumer(const YamlEntry& entry, Reading& reading) {
    ConsumerConfig consumer;
    consumer.name = entry.key;
    consumer.at = entry.at;
    MapReader keys(entry.value, entry.at, "consumer '" + entry.key + "'", kConsumerKeys, reading.errors);
    consumer.plugin = read_plugin_id(keys, "plugin", Manifest::Kind::consumer, reading);
    std::uint64_t workers = consumer.workers;
    keys.read_count("workers", workers, 1, kWorkersMax);
    consumer.workers = static_cast<std::uint32_t>(workers);
    if (const YamlEntry* mailbox = keys.find("mailbox")) {
        std::string where = "mailbox of consumer '" + entry.key + "'";
        MapReader bounds(mailbox->value, mailbox->at, where, kMailboxKeys, reading.errors);
        bounds.read_count("messages", consumer.mailbox.messages, 1, kMessagesMax);
        bounds.read_size("bytes", consumer.mailbox.bytes, 1, kBytesMax);
    }
    keys.read_duration("idle", consumer.idle_ms, 1, kIdleMax_ms);
    keys.read_duration("state_ttl", consumer.state_ttl_ms, 0, kStateTtlMax_ms);
    if (const YamlEntry* addresses = keys.find("may_send")) consumer.may_send = read_addresses(*addresses, reading);
    static const YamlNode kNothing;
    const YamlEntry* config = keys.find("config");
    const SettingsPart part{config == nullptr ? kNothing : config->value, config == nullptr ? entry.at : config->at,
                            "consumer '" + entry.key + "'", ""};
    consumer.settings = read_settings(part, reading.catalogue.consumer(consumer.plugin), reading);
    return consumer;
}

void check_is_map(const YamlEntry& section, ConfigErrors& errors) {
    if (section.value.kind == YamlNode::Kind::map || section.value.kind == YamlNode::Kind::null) return;
    report(errors, section.value.at, "wrong-type",
           "'" + section.key + "' has to be a map of names, not " + describe(section.value));
}

// Adapters and consumers share one set of names.
void check_clash(const ConsumerConfig& consumer, Reading& reading) {
    auto other = std::ranges::find(reading.config.adapters, consumer.name, &AdapterConfig::name);
    if (other == reading.config.adapters.end()) return;
    auto [first, second] = std::minmax(consumer.at, other->at);
    report(reading.errors, second, "duplicate-name",
           "'" + consumer.name +
               "' names an adapter and a consumer, which share one set of names; the other one is in line " +
               std::to_string(first.line));
}

}  // namespace

std::string read_plugin_id(MapReader& keys, std::string_view key, Manifest::Kind kind, Reading& reading) {
    std::string id;
    if (const YamlEntry* entry = keys.require(key)) {
        keys.read(key, id);
        if (!id.empty()) check_plugin(entry->value, id, kind, reading);
    }
    return id;
}

void check_name(const YamlEntry& entry, std::string_view what, ConfigErrors& errors) {
    if (is_name(entry.key)) return;
    report(errors, entry.at, "bad-name",
           "'" + entry.key + "' is no name for " + std::string(what) +
               ": a-z, 0-9 and single '_' or '-' between them, first a letter, at most 64 long");
}

void read_adapters(const YamlEntry* section, Reading& reading) {
    if (section == nullptr) return;
    check_is_map(*section, reading.errors);
    for (const YamlEntry& entry : section->value.entries) {
        check_name(entry, "an adapter", reading.errors);
        if (entry.key == "channels") {
            report(reading.errors, entry.at, "bad-name",
                   "'channels' is what the gateway calls its own: choose another");
        }
        std::vector<std::string_view> all = {"type"};
        for (const YamlEntry& key : entry.value.entries) all.push_back(key.key);
        MapReader keys(entry.value, entry.at, "adapter '" + entry.key + "'", all, reading.errors);
        AdapterConfig adapter;
        adapter.name = entry.key;
        adapter.at = entry.at;
        adapter.type = read_plugin_id(keys, "type", Manifest::Kind::adapter, reading);
        const Manifest* manifest = reading.catalogue.adapter(adapter.type);
        if (manifest != nullptr) {
            adapter.match_keys = manifest->match_keys;
            adapter.is_upstream = manifest->scope.retry == "upstream";
            adapter.is_keyed = manifest->scope.lifetime == "keyed";
            adapter.is_transactional = manifest->scope.lifetime == "transaction";
            adapter.has_addresses = manifest->scope.reply == "any";
            adapter.is_acked = manifest->scope.delivery == "acked";
        }
        const SettingsPart part{entry.value, entry.at, "adapter '" + entry.key + "'", "type"};
        adapter.settings = read_settings(part, manifest, reading);
        reading.config.adapters.push_back(std::move(adapter));
    }
}

void read_consumers(const YamlEntry* section, Reading& reading) {
    if (section == nullptr) return;
    check_is_map(*section, reading.errors);
    for (const YamlEntry& entry : section->value.entries) {
        check_name(entry, "a consumer", reading.errors);
        reading.config.consumers.push_back(read_consumer(entry, reading));
        check_clash(reading.config.consumers.back(), reading);
    }
    for (const YamlEntry& entry : section->value.entries) check_addresses(entry, reading);
}

}  // namespace millrace
