#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "gateway/base/result.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/loading.hpp"
#include "gateway/cli/running.hpp"
#include "gateway/core/explanation.hpp"
#include "gateway/core/router.hpp"

namespace millrace::cli {
namespace {

Result<std::string> read(const std::string& file) {
    if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
    std::ifstream stream(file, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(stream), {});
    if (!stream) return Error{"cannot read " + file};
    return text;
}

Result<std::string> take_text(Running& running) {
    const Result<std::string> answer = running.next();
    if (!answer) return answer.error();
    return std::string(boost::json::parse(answer.value()).at("text").as_string());
}

int fail(const Error& error, int exit_code) {
    fmt::print(stderr, "millrace: {}\n", error.text);
    return exit_code;
}

}  // namespace

int explain(const std::string& config_file, const std::string& event_file, bool asks_running) {
    const Result<std::string> event = read(event_file);  // Before the working folder changes.
    if (!event) return fail(event.error(), kUnavailable);
    const ConfigResult result = load(config_file).result;
    print(stderr, result.errors, config_file);
    if (!result.errors.empty()) return kBadConfig;
    Result<std::string> text = std::string();
    if (asks_running) {
        Result<Running> running = Running::ask(result.config.state_dir, {{"do", "explain"}, {"event", event.value()}});
        if (!running) return fail(running.error(), kUnavailable);
        text = take_text(*running);
    } else {
        text = millrace::explain(result.config, Router(result.config), event.value());
    }
    if (!text) return fail(text.error(), kBadEvent);
    fmt::print("{}", text.value());
    return kDone;
}

}  // namespace millrace::cli
