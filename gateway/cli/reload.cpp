#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <string>

#include "gateway/cli/commands.hpp"
#include "gateway/cli/running.hpp"
#include "gateway/core/config.hpp"

namespace millrace::cli {

// The file may be broken: what is wrong with it is the gateway's to say.
int reload(const std::string& config_file) {
    Result<Running> running = Running::ask(read_state_dir(config_file), {{"do", "reload"}});
    const Result<std::string> answer = running ? running->next() : running.error();
    if (!answer) {
        fmt::print(stderr, "millrace: {}\n", answer.error().text);
        return kUnavailable;
    }
    const boost::json::value verdict = boost::json::parse(answer.value());
    const bool is_done = verdict.at("done").as_bool();
    for (const boost::json::value& line : verdict.at("lines").as_array()) {
        fmt::print(is_done ? stdout : stderr, "{}\n", std::string_view(line.as_string()));
    }
    return is_done ? kDone : kBadConfig;
}

}  // namespace millrace::cli
