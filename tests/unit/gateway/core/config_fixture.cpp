#include "tests/unit/gateway/core/config_fixture.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace millrace::testing {
namespace {

Manifest plugin(Manifest::Kind kind, const std::string& id, std::vector<MatchKey> keys) {
    Manifest manifest;
    manifest.id = id;
    manifest.kind = kind;
    manifest.version = "1.0.0";
    manifest.abi = "0.1";
    manifest.match_keys = std::move(keys);
    return manifest;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "millrace-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed: " + name);
    name_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(name_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, std::string_view content) const {
    std::string file = name_ + "/" + name;
    std::ofstream(file, std::ios::binary) << content;
    return file;
}

Catalogue test_catalogue() {
    using Kind = Manifest::Kind;
    Catalogue catalogue;
    catalogue.plugins = {
        plugin(Kind::adapter, "websocket", {{"path", KeyType::path}, {"query"}, {"host"}}),
        plugin(Kind::adapter, "mqtt", {{"topic", KeyType::topic, false}, {"host"}}),
        plugin(Kind::adapter, "smtp", {{"to"}, {"from"}, {"subject"}}),
        plugin(Kind::adapter, "sms", {{"to"}, {"from"}, {"provider"}}),
        plugin(Kind::adapter, "irc", {{"network"}, {"room"}, {"author"}}),
        plugin(Kind::adapter, "slack", {{"network"}, {"room"}, {"author"}}),
        plugin(Kind::adapter, "telegram", {{"network"}, {"room"}, {"author"}}),
        plugin(Kind::consumer, "echo", {}),
        plugin(Kind::consumer, "audit", {}),
        plugin(Kind::consumer, "chatroom", {}),
        plugin(Kind::consumer, "bank", {}),
        plugin(Kind::consumer, "alarm", {}),
    };
    catalogue.folders = {"/usr/lib/millrace/consumers"};
    return catalogue;
}

ConfigResult read_text(const TemporaryFolder& folder, std::string_view text) {
    return read_config(folder.write("gateway.yaml", text), test_catalogue());
}

std::string places(const ConfigResult& result) {
    std::string text;
    for (const ConfigError& error : result.errors) {
        text += std::to_string(error.at.line) + ":" + std::to_string(error.at.column) + " " + error.code + "\n";
    }
    return text;
}

}  // namespace millrace::testing
