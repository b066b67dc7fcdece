#include "gateway/core/config_secrets.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>

#include "gateway/base/result.hpp"
#include "gateway/core/config_reader.hpp"

namespace millrace {
namespace {

constexpr std::size_t kSecretSizeMax = 64 << 10;
constexpr std::size_t kContentSizeMax = 1 << 20;

Error cannot_read(const std::string& file, int error) {
    return {fmt::format("{} cannot be read: {}", file, std::generic_category().message(error))};
}

// Without the line's end that editors and `echo` leave.
Result<std::string> read_file(const std::string& name, std::size_t size_max) {
    const int file = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return cannot_read(name, errno);
    std::string text(size_max + 1, '\0');
    std::size_t size = 0;
    ssize_t count = 1;
    while (count > 0 && size < text.size()) {
        count = ::read(file, text.data() + size, text.size() - size);
        if (count > 0) size += static_cast<std::size_t>(count);
    }
    const int error = errno;
    ::close(file);
    if (count < 0) return cannot_read(name, error);
    if (size > size_max) return Error{fmt::format("{} is larger than {} KiB", name, size_max >> 10)};
    text.resize(size);
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    return text;
}

// Where the service manager has put it.
Result<std::string> file_of_credential(const std::string& name) {
    const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr) return Error{"there are no credentials: the variable CREDENTIALS_DIRECTORY is not set"};
    if (name.find('/') != name.npos || name.starts_with('.')) return Error{"a credential's name is no path"};
    return std::string(folder) + "/" + name;
}

// The file that a secret is in; nothing where it is in none.
std::optional<Result<std::string>> file_of(const Secret& secret) {
    if (secret.source == Secret::Source::file) return secret.name;
    if (secret.source == Secret::Source::credential) return file_of_credential(secret.name);
    return std::nullopt;
}

Result<std::string> read_source(const Secret& secret) {
    if (secret.source == Secret::Source::plain) return secret.name;
    if (const auto file = file_of(secret))
        return *file ? read_file(**file, secret.is_public ? kContentSizeMax : kSecretSizeMax) : *file;
    const char* text = std::getenv(secret.name.c_str());
    if (text == nullptr) return Error{fmt::format("the variable {} is not set", secret.name)};
    return std::string(text);
}

Result<std::string> read_secret(const Secret& secret) {
    Result<std::string> text = read_source(secret);
    if (!text) return text;
    if (text->empty()) return Error{"it is empty"};
    if (text->find('\0') != text->npos) return Error{"it has a zero byte"};
    return text;
}

template <class Take> void each_secret(const Config& config, Take take) {
    std::ranges::for_each(config.admin_tokens, take);
    for (const AdapterConfig& adapter : config.adapters) std::ranges::for_each(adapter.settings.secrets, take);
    for (const ConsumerConfig& consumer : config.consumers) std::ranges::for_each(consumer.settings.secrets, take);
}

ConfigError error_of(const Secret& secret, const std::string& text) {
    return {secret.at, secret.is_public ? "no-file" : "no-secret", fmt::format("'{}': {}", secret.path, text)};
}

void wipe(std::string& text) { ::explicit_bzero(text.data(), text.size()); }

}  // namespace

std::vector<ConfigError> check_secrets(const Config& config) {
    std::vector<ConfigError> errors;
    each_secret(config, [&](const Secret& secret) {
        Result<std::string> text = read_secret(secret);
        if (text)
            wipe(*text);
        else
            errors.push_back(error_of(secret, text.error().text));
    });
    std::ranges::stable_sort(errors, {}, &ConfigError::at);
    return errors;
}

std::vector<ConfigError> find_open_secrets(const Config& config) {
    std::vector<ConfigError> found;
    each_secret(config, [&](const Secret& secret) {
        const auto file = file_of(secret);
        struct stat status {};
        if (secret.is_public || !file || !*file || ::stat((*file)->c_str(), &status) != 0 ||
            (status.st_mode & S_IROTH) == 0)
            return;
        found.push_back({secret.at, "open-secret",
                         fmt::format("'{}': every user of this machine can read {} (mode {:04o}): chmod o-r {}",
                                     secret.path, **file, status.st_mode & 07777, **file)});
    });
    std::ranges::stable_sort(found, {}, &ConfigError::at);
    return found;
}

std::vector<std::string> secret_files(const Config& config) {
    std::vector<std::string> files;
    each_secret(config, [&files](const Secret& secret) {
        const auto file = file_of(secret);
        if (file && *file && std::ranges::count(files, **file) == 0) files.push_back(**file);
    });
    return files;
}

Result<std::vector<std::string>> read_secrets(const std::vector<Secret>& secrets) {
    std::vector<std::string> texts;
    for (const Secret& secret : secrets) {
        Result<std::string> text = read_secret(secret);
        if (!text) return Error{error_of(secret, text.error().text).text};
        texts.push_back(*std::move(text));
    }
    return texts;
}

FilledSettings::FilledSettings(const PluginSettings& settings) {
    std::vector<std::string> texts;
    std::size_t from = 0;
    for (const Secret& secret : settings.secrets) {
        Result<std::string> text = read_secret(secret);
        if (!text) {
            errors_.push_back(error_of(secret, text.error().text));
            continue;
        }
        json_.append(settings.json, from, secret.offset - from);
        json_ += boost::json::serialize(boost::json::string_view(*text));
        from = secret.offset + std::string_view("null").size();
        if (!secret.is_public) texts.push_back(*std::move(text));
    }
    json_.append(settings.json, from);
    mask_ = std::make_shared<const Mask>(std::move(texts));
}

FilledSettings::~FilledSettings() { wipe(json_); }

}  // namespace millrace
