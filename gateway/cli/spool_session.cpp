#include "gateway/cli/spool_session.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <thread>
#include <utility>

#include "gateway/admin/letter_request.hpp"
#include "gateway/admin/spool_command.hpp"
#include "gateway/admin/spool_commands.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/loading.hpp"
#include "gateway/cli/running.hpp"

namespace millrace::cli {
namespace {

namespace json = boost::json;
using Show = std::function<void(const std::string&)>;

int fail(std::string_view text, int exit_code) {
    std::fflush(stdout);
    fmt::print(stderr, "millrace: {}\n", text);
    return exit_code;
}

int take_answer(Running& running, const Show& show) {
    for (;;) {
        const Result<std::string> line = running.next();
        if (!line) return fail(line.error().text, running.is_gone() ? kUnavailable : kUsage);
        if (line->starts_with("{\"done\":")) return kDone;
        if (line->starts_with("{\"end\":")) {
            return fail(std::string_view(json::parse(*line).at("end").as_string()), kUnavailable);
        }
        show(*line);
    }
}

void show_lines(std::string_view lines, const Show& show) {
    while (!lines.empty()) {
        const std::size_t size = lines.find('\n');
        show(std::string(lines.substr(0, size)));
        lines.remove_prefix(size + 1);
    }
}

int run(spool::Store& store, admin::SpoolCommand& command, const Show& show) {
    for (;;) {
        const auto began = std::chrono::steady_clock::now();
        const Result<admin::Portion> portion = admin::run_portion(store, command);
        if (!portion) return fail(portion.error().text, kUnavailable);
        show_lines(admin::to_lines(*portion), show);
        if (!portion->error.empty()) return fail(portion->error, kUsage);
        if (portion->is_last) return kDone;
        std::this_thread::sleep_until(began + std::chrono::microseconds(portion->pause_us));
    }
}

int work_here(const Config& config, const json::object& request, const Error& not_running, const Show& show) {
    const Clock& clock = system_clock();
    const auto command = request.at("do") == "dlq" ? admin::read_letter_request(request, config, clock.now_us())
                                                   : admin::read_spool_request(request, true);
    if (!command) return fail(command.error().text, kUsage);
    const std::string directory = config.state_dir + "/spool";
    if (std::error_code error; !std::filesystem::exists(directory + "/spool.db", error)) {
        return fail(
            fmt::format("there is no spool in {}: no gateway with this configuration had a durable route", directory),
            kUnavailable);
    }
    const auto store = spool::Store::open(directory, clock);
    if (store) return run(**store, **command, show);
    fail(store.error().text, kUnavailable);
    return fail(not_running.text, kUnavailable);
}

}  // namespace

int ask_spool(const std::string& config_file, const json::object& request, const Show& show) {
    const ConfigResult result = load(config_file).result;
    print(stderr, result.errors, config_file);
    if (!result.errors.empty()) return kBadConfig;
    configure_log(result.config);
    Result<Running> running = Running::ask(result.config.state_dir, request);
    const int exit_code =
        running ? take_answer(*running, show) : work_here(result.config, request, running.error(), show);
    std::fflush(stdout);
    return exit_code;
}

Show shown_as(bool as_json, std::function<void(const json::object&)> to_text) {
    if (as_json) return [](const std::string& line) { fmt::print("{}\n", line); };
    return [to_text = std::move(to_text)](const std::string& line) { to_text(json::parse(line).as_object()); };
}

}  // namespace millrace::cli
