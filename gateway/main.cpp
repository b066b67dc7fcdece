#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "gateway/cli/commands.hpp"
#include "gateway/cli/companion.hpp"
#include "gateway/cli/spool_arguments.hpp"
#include "gateway/core/plugin_host.hpp"
#include "gateway/core/plugin_trial.hpp"
#include "gateway/version.hpp"
#include "millrace/abi.h"

namespace {

using namespace millrace;

constexpr const char* kAbout =
    "Millrace, an edge gateway: events of connections, topics and mail reach plugins, and their answers go back.";

constexpr const char* kExamples =
    "Examples:\n"
    "  millrace check -c configs/demo.yaml       find every mistake of a configuration\n"
    "  millrace run -c configs/demo.yaml         run the gateway; SIGTERM or Ctrl-C drains and stops it\n"
    "  millrace status -c configs/demo.yaml      ask the one that runs how it is\n"
    "  millrace reload -c configs/demo.yaml      have it read the file again; SIGHUP does the same\n"
    "  millrace tail -c configs/demo.yaml        its events as they come\n"
    "  millrace explain -c FILE --event EVENT    which routes take an event, and why\n"
    "  millrace dlq list -c FILE                 its dead letters; also show, stats, requeue, drop, export\n"
    "  millrace spool stats -c FILE              what its spool holds; also ls, verify\n"
    "  millrace plugins                          which plugins there are, and their keys\n"
    "  millrace plugins inspect my_consumer.so   what a plugin file says of itself\n"
    "  millrace sign twilio ...                  a text message as a provider brings it, as a curl command\n"
    "\n"
    "Exit codes: 0 done, 1 plugin refused or spool not whole, 64 wrong command line, 65 no event,\n"
    "69 cannot start or nobody answers, 70 ended without a handler that never returned, 78 wrong configuration.";

CLI::App* add_command(CLI::App& app, const char* name, const char* about, std::string& config_file) {
    CLI::App* command = app.add_subcommand(name, about);
    command->add_option("-c,--config", config_file, "The configuration (YAML)")->required()->type_name("FILE");
    return command;
}

CLI::App* add_tail(CLI::App& app, std::string& config_file, cli::TailOptions& options, std::string& format) {
    CLI::App* tail = add_command(app, "tail", "Print the events of the gateway that runs, as they come", config_file);
    tail->add_option("--format", format, "text or json, one a line")->check(CLI::IsMember({"text", "json"}));
    tail->add_option("--adapter", options.adapter, "Only of this adapter, or of this consumer's channels");
    tail->add_option("--route", options.route, "Only what this route has taken");
    tail->add_option("--consumer", options.consumer, "Only what this consumer gets");
    tail->add_option("--kind", options.kinds, "Only of these kinds: CONNECT, MESSAGE, ...")->delimiter(',');
    tail->add_option("--scope", options.scope, "Only of scopes with such a key; * is any run of characters");
    tail->add_option("-n", options.count, "End after so many")->check(CLI::PositiveNumber);
    return tail;
}

int dispatch(int argc, char** argv) {
    CLI::App app(kAbout, "millrace");
    app.set_version_flag("--version", fmt::format("millrace {} (plugin ABI {})", kVersion, MILLRACE_ABI_TEXT));
    app.require_subcommand(1);

    std::string config_file;
    std::string plugin_file;
    bool as_json = false;
    std::string format = "text";
    const auto* run = add_command(app, "run", "Run the gateway until SIGTERM or SIGINT", config_file);
    const auto* check =
        add_command(app, "check", "Report every mistake of a configuration; change nothing", config_file);
    auto* status =
        add_command(app, "status", "Ask the gateway that runs with this configuration how it is", config_file);
    status->add_flag("--json", as_json, "Print the JSON of /v1/status");
    const auto* reload =
        add_command(app, "reload", "Have the gateway that runs read its configuration again", config_file);
    std::string event_file;
    bool asks_running = false;
    auto* explain = add_command(app, "explain", "Say which routes take an event, and why", config_file);
    explain->add_option("--event", event_file, "What `tail --format json` prints of it; - is standard input")
        ->required()
        ->type_name("FILE");
    explain->add_flag("--running", asks_running, "By the configuration of the gateway that runs, not by the file's");
    cli::TailOptions tail_options;
    const auto* tail = add_tail(app, config_file, tail_options, format);
    const cli::SpoolArguments spool_arguments(app);
    auto* plugins = app.add_subcommand("plugins", "List the plugins, their versions and their configuration keys");
    plugins->add_option("-c,--config", config_file, "Those of its plugins_dir too")->type_name("FILE");
    plugins->add_option("--format", format, "text or json")->check(CLI::IsMember({"text", "json"}));
    plugins->require_subcommand(0, 1);
    auto* inspect = plugins->add_subcommand("inspect", "Show a plugin's manifest and exports without running its code");
    inspect->add_option("file", plugin_file, "The shared object")->required()->type_name("FILE.so");

    std::vector<std::string> files;
    auto* trial = app.add_subcommand(kTrialCommand)->group("");  // Not for people: plugin_trial.hpp.
    trial->add_option("files", files);

    app.footer(kExamples);  // Last, or every command would repeat it.
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? cli::kDone : cli::kUsage;
    }
    if (*run) return cli::run(config_file);
    if (*check) return cli::check(config_file);
    if (*reload) return cli::reload(config_file);
    if (*status) return cli::status(config_file, as_json);
    if (*explain) return cli::explain(config_file, event_file, asks_running);
    tail_options.as_json = format == "json";
    if (*tail) return cli::tail(config_file, tail_options);
    if (const auto exit_code = spool_arguments.run()) return *exit_code;
    if (*trial) try_plugins(files);
    if (*inspect) return cli::inspect_plugin(plugin_file);
    return cli::list_plugins(config_file, format == "json");
}

}  // namespace

int main(int argc, char** argv) {
    try {
        cli::become_companion(argv);
        return dispatch(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "millrace: %s\n", error.what());
        return cli::kUnavailable;
    }
}
