#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>

#include "gateway/admin/control.hpp"
#include "gateway/admin/overview.hpp"
#include "gateway/admin/server.hpp"
#include "gateway/base/log.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/loading.hpp"
#include "gateway/cli/reloader.hpp"
#include "gateway/core/config_secrets.hpp"
#include "gateway/core/gateway.hpp"

namespace millrace::cli {
namespace {

constexpr timespec kTick{0, 200'000'000};

// SIGHUP, and the signals that end the gateway. Every thread that is started from now on leaves them to this one.
class Signals {
  public:
    Signals() {
        ::sigemptyset(&set_);
        ::sigaddset(&set_, SIGTERM);
        ::sigaddset(&set_, SIGINT);
        ::sigaddset(&set_, SIGHUP);
        ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    }

    // The next signal, or 0 after one tick. Once it was one that ends, the next ends the process at once.
    int wait() {
        const int signal = ::sigtimedwait(&set_, nullptr, &kTick);
        if (signal == SIGTERM || signal == SIGINT) {
            ::signal(SIGHUP, SIG_IGN);
            ::pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
        }
        return std::max(signal, 0);
    }

  private:
    sigset_t set_;
};

// What crashes the process is noted beside the message that it was handling.
std::atomic<PoisonJournal*> the_journal{nullptr};

extern "C" void note_crash(int signal) {
    if (PoisonJournal* journal = the_journal.load()) journal->note_signal(signal);
    ::signal(signal, SIG_DFL);
    ::raise(signal);
}

void note_crashes(PoisonJournal* journal) {
    if (the_journal.exchange(journal) == journal) return;
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) ::signal(signal, note_crash);
}

// Until it is to end.
void attend(Gateway& gateway, Reloader& reloader, Signals& signals) {
    for (;;) {
        const int signal = signals.wait();
        if (signal == SIGTERM || signal == SIGINT) return;
        if (signal == SIGHUP) {
            reloader.reload();
        } else {
            reloader.look();
        }
        gateway.tick();
        note_crashes(gateway.journal());  // A reload may have been the first to need it.
    }
}

// As many files as the system lets us: every connection is one.
void raise_file_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Nobody else may look into a folder that the gateway makes for itself.
Result<void> make_state_dir(const std::string& folder) {
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(folder).parent_path(), error);
    if (!error && ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) error.assign(errno, std::generic_category());
    if (error) return Error{fmt::format("cannot make gateway.state_dir {}: {}", folder, error.message())};
    return {};
}

int fail(const Error& error) {
    log::error("gateway", "cannot start: {}", error.text);
    return kUnavailable;
}

// Every line of the log is flushed as it is written; what handlers that never return still use is left alone.
void stop(Gateway& gateway) {
    if (gateway.stop()) return;
    if (!gateway.spool_refusal().empty()) std::_Exit(kUnavailable);
    log::error("gateway", "ends without them");
    std::_Exit(kStuck);
}

// For whoever asks over admin.sock.
admin::Reload reloads_of(Reloader& reloader) {
    return [&reloader](std::function<void(std::string)> tell) {
        reloader.request([tell = std::move(tell)](const Reloader::Verdict& verdict) {
            const boost::json::object answer{{"done", verdict.is_done},
                                             {"lines", boost::json::value_from(verdict.lines)}};
            tell(boost::json::serialize(answer));
        });
    };
}

// Of the admin address: read anew each time, so that a new file is good at once. What cannot be read lets nobody in.
std::function<std::vector<std::string>()> tokens_of(const Gateway& gateway) {
    if (gateway.config().admin_tokens.empty()) return {};
    return [&gateway] {
        auto tokens = read_secrets(gateway.snapshot()->config.admin_tokens);
        if (!tokens) log::limited(log::Level::warn, "admin", "nobody may ask: {}", tokens.error().text);
        return tokens ? *std::move(tokens) : std::vector<std::string>();
    };
}

admin::SpoolAccess spool_of(Gateway& gateway) {
    return {[&gateway] { return gateway.spool(); },
            [&gateway](const std::vector<std::int64_t>& lanes) { gateway.wake_lanes(lanes); }};
}

// From "built" to "stopped".
int operate(Gateway& gateway, admin::Control& control, Reloader& reloader, std::int64_t began_us, Signals& signals) {
    admin::Observer observer(gateway);
    std::optional<admin::Server> server;
    if (const auto& address = gateway.config().admin) {
        auto listening = admin::Server::listen(*address);
        if (!listening) return fail(listening.error());
        server.emplace(*std::move(listening));
    }
    if (auto started = gateway.start(); !started) return fail(started.error());
    note_crashes(gateway.journal());
    if (auto started = control.start(gateway, reloads_of(reloader), spool_of(gateway)); !started) {
        stop(gateway);
        return fail(started.error());
    }
    if (server) {
        const admin::Source source{[&]() -> const admin::Overview& { return observer.glance(); },
                                   [&]() -> const admin::Overview& { return observer.look(); }, tokens_of(gateway)};
        if (auto started = server->start({source, server->host()}); !started) {
            control.stop();
            stop(gateway);
            return fail(started.error());
        }
        log::info("gateway", "admin on {}", server->address());
    }
    log::info("gateway", "ready in {} ms", (gateway.clock().steady_us() - began_us) / 1000);
    attend(gateway, reloader, signals);
    gateway.drain();
    if (server) server->stop();
    control.stop();
    stop(gateway);
    note_crashes(nullptr);
    log::info("gateway", "stopped");
    return kDone;
}

}  // namespace

int run(const std::string& config_file) {
    const std::int64_t began_us = system_clock().steady_us();
    Signals signals;
    ::signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    const std::string path = std::filesystem::absolute(config_file);  // Before the working folder changes.
    Loaded loaded = load_with_secrets(config_file);
    if (!loaded.result.errors.empty()) {
        print(stderr, loaded.result.errors, config_file);
        return kBadConfig;
    }
    configure_log(loaded.result.config);
    for (const RefusedPlugin& plugin : loaded.plugins.refused)
        log::warn("plugins", "{}: {}", plugin.file, plugin.reason);
    for (const ConfigError& warning : loaded.result.warnings)
        log::warn("config", "{}", to_string(warning, config_file, "warning"));
    if (auto made = make_state_dir(loaded.result.config.state_dir); !made) return fail(made.error());
    Gateway gateway(std::move(loaded.result.config), system_clock());
    auto control = admin::Control::listen(gateway.config().state_dir);
    if (!control) return fail(control.error());
    if (auto errors = gateway.build(loaded.plugins.catalogue, gateway.config().state_dir, kThisProgram);
        !errors.empty()) {
        print(stderr, errors, config_file);
        return kBadConfig;
    }
    Reloader reloader(gateway, config_file, path);
    return operate(gateway, *control, reloader, began_us, signals);
}

}  // namespace millrace::cli
