#include "gateway/cli/reloader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/cli/loading.hpp"
#include "gateway/core/config_secrets.hpp"

namespace millrace::cli {
namespace {

constexpr std::int64_t kLook_us = 500'000;

// What tells one state of a file from another.
std::string print_of(const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return file + " is not there";
    return fmt::format("{} {} {} {}.{}", file, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                       status.st_mtim.tv_nsec);
}

// The last configuration that was good, for whoever wonders what the gateway goes by.
void keep_good_config(const std::string& path, const std::string& state_dir) {
    const std::string kept = state_dir + "/config.good.yaml";
    std::error_code error;
    std::filesystem::copy_file(path, kept + ".part", std::filesystem::copy_options::overwrite_existing, error);
    if (!error) std::filesystem::permissions(kept + ".part", std::filesystem::perms(0600), error);
    if (!error) std::filesystem::rename(kept + ".part", kept, error);
    if (error) log::warn("reload", "cannot keep a copy of the configuration in {}: {}", kept, error.message());
}

// What takes a start.
std::vector<ConfigError> find_fixed(const Config& now, const Config& next) {
    std::vector<ConfigError> errors;
    const auto add = [&errors](const char* key) {
        errors.push_back({{}, "needs-restart", fmt::format("'gateway.{}' changes only at the next start", key)});
    };
    if (now.name != next.name) add("name");
    if (now.state_dir != next.state_dir) add("state_dir");
    if (now.admin != next.admin || now.admin_tokens.empty() != next.admin_tokens.empty()) add("admin");
    if (now.spool != next.spool) add("spool");
    return errors;
}

}  // namespace

Reloader::Reloader(Gateway& gateway, std::string config_file, std::string path)
    : gateway_(gateway), config_file_(std::move(config_file)), path_(std::move(path)), loaded_(take_print()) {
    keep_good_config(path_, gateway.config().state_dir);
}

void Reloader::request(Tell tell) {
    {
        std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(tell));
    }
    ::kill(::getpid(), SIGHUP);
}

void Reloader::reload() {
    std::vector<Tell> waiting;
    {
        std::lock_guard lock(mutex_);
        waiting = std::exchange(waiting_, {});
    }
    loaded_ = seen_ = take_print();
    const Verdict verdict = try_reload();
    for (const std::string& line : verdict.lines) {
        verdict.is_done ? log::info("reload", "{}", line) : log::error("reload", "{}", line);
    }
    if (!verdict.is_done) log::error("reload", "nothing has changed: the gateway goes on as before");
    for (const Tell& tell : waiting) tell(verdict);
}

Reloader::Verdict Reloader::try_reload() {
    Verdict verdict;
    Loaded loaded = load_with_secrets(path_);
    std::vector<ConfigError> errors = std::move(loaded.result.errors);
    if (errors.empty()) errors = find_fixed(gateway_.config(), loaded.result.config);
    if (errors.empty()) {
        ReloadResult result =
            gateway_.reload(loaded.result.config, loaded.plugins.catalogue, gateway_.config().state_dir, kThisProgram);
        errors = std::move(result.errors);
        verdict.lines = std::move(result.changes);
    }
    if (errors.empty()) {
        configure_log(loaded.result.config);
        keep_good_config(path_, gateway_.config().state_dir);
        if (verdict.lines.empty()) verdict.lines.emplace_back("nothing has changed");
        for (const ConfigError& warning : loaded.result.warnings)
            verdict.lines.push_back(to_string(warning, config_file_, "warning"));
        verdict.is_done = true;
        return verdict;
    }
    verdict.lines.clear();
    for (const RefusedPlugin& plugin : loaded.plugins.refused)
        verdict.lines.push_back(fmt::format("{}: {}", plugin.file, plugin.reason));
    for (const ConfigError& error : errors) verdict.lines.push_back(to_string(error, config_file_));
    gateway_.count_refusal(fmt::format("{}", fmt::join(verdict.lines, "; ")));
    return verdict;
}

Reloader::Print Reloader::take_print() const {
    const SnapshotPtr snapshot = gateway_.snapshot();
    Print print;
    for (const std::string& file : secret_files(snapshot->config)) print.push_back(print_of(file));
    if (snapshot->config.watch_config) print.push_back(print_of(path_));
    if (const auto& folder = snapshot->config.plugins_dir) {
        std::error_code error;
        for (const auto& entry : std::filesystem::directory_iterator(*folder, error)) {
            if (entry.path().extension() == ".so") print.push_back(print_of(entry.path()));
        }
    }
    std::ranges::sort(print);
    return print;
}

void Reloader::look() {
    const auto now_us = gateway_.clock().steady_us();
    if (now_us - looked_us_ < kLook_us) return;
    looked_us_ = now_us;
    Print print = take_print();
    const bool is_stable = print == seen_;
    seen_ = std::move(print);
    if (seen_ == loaded_ || !is_stable) return;
    log::info("reload", "a file has changed");
    reload();
}

}  // namespace millrace::cli
