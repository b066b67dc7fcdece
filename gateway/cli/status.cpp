#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"
#include "gateway/cli/commands.hpp"
#include "gateway/cli/loading.hpp"
#include "gateway/core/config_secrets.hpp"

namespace millrace::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kDeadline{5};

// The body of /v1/status. `address` is one that the configuration has accepted; `token`: empty where none is asked for.
Result<std::string> ask(const std::string& address, const std::string& token) {
    const std::size_t colon = address.rfind(':');
    const std::string port = address.substr(colon + 1);
    std::string host = address.substr(0, colon);
    if (host.front() == '[') host = host.substr(1, host.size() - 2);
    if (port == "0") return Error{"gateway.admin has port 0: the gateway's log says which one it got"};
    boost::asio::ip::tcp::iostream stream;
    stream.expires_after(kDeadline);
    stream.connect(host, port);
    stream << "GET /v1/status HTTP/1.1\r\nHost: " << address << "\r\nConnection: close\r\n";
    if (!token.empty()) stream << "Authorization: Bearer " << token << "\r\n";
    stream << "\r\n" << std::flush;
    const std::string answer(std::istreambuf_iterator<char>(stream), {});
    if (answer.empty()) {
        return Error{fmt::format("no gateway answers on {}: {}", address,
                                 stream.error() ? stream.error().message() : "it closed the connection")};
    }
    if (answer.starts_with("HTTP/1.1 401 ")) {
        return Error{fmt::format("the gateway on {} has another token than gateway.admin.token says", address)};
    }
    const std::size_t body = answer.find("\r\n\r\n");
    if (!answer.starts_with("HTTP/1.1 200 ") || body == answer.npos) {
        return Error{fmt::format("what answers on {} is no gateway: {}", address, answer.substr(0, answer.find('\r')))};
    }
    return answer.substr(body + 4);
}

std::string to_cell(const json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

bool is_cell(std::string_view key, const json::value& value) { return key != "name" && !value.is_object(); }

// One line each, the columns named after the keys. What is a map stands below, in a line of its own.
void print_table(std::string_view title, const json::array& rows) {
    if (rows.empty()) return;
    fmt::print("\n{:<16}", title);
    for (const auto& [key, value] : rows.front().as_object()) {
        if (is_cell(key, value)) fmt::print(" {:>{}}", std::string_view(key), std::max<std::size_t>(9, key.size()));
    }
    fmt::print("\n");
    for (const json::value& row : rows) {
        fmt::print("{:<16}", std::string_view(row.at("name").as_string()));
        for (const auto& [key, value] : row.as_object()) {
            if (is_cell(key, value)) fmt::print(" {:>{}}", to_cell(value), std::max<std::size_t>(9, key.size()));
        }
        fmt::print("\n");
    }
    for (const json::value& row : rows) {
        for (const auto& [key, value] : row.as_object()) {
            if (!value.is_object() || value.as_object().empty()) continue;
            fmt::print("{:<16} {}: {}\n", std::string_view(row.at("name").as_string()), std::string_view(key),
                       json::serialize(value));
        }
    }
}

void print_status(const json::value& status) {
    fmt::print("{}: {}, millrace {}, up {:.0f} s, {:.1f} MiB, {} files open\n",
               std::string_view(status.at("name").as_string()), std::string_view(status.at("phase").as_string()),
               std::string_view(status.at("version").as_string()), status.at("uptime_s").to_number<double>(),
               status.at("resident_bytes").to_number<double>() / (1 << 20),
               status.at("open_fds").to_number<std::uint64_t>());
    fmt::print("every delivery is accounted for: {}\n",
               status.at("counts_agree").as_bool() ? "yes" : "NO (please report it)");
    if (const auto silent = status.at("loops_silent").to_number<std::uint64_t>()) {
        fmt::print("{} loops do not answer: their numbers are missing\n", silent);
    }
    const json::value& letters = status.at("dead_letters");
    fmt::print("dead letters: {} kept, {:.1f} KiB; {} forgotten\n", letters.at("kept").to_number<std::uint64_t>(),
               letters.at("bytes").to_number<double>() / (1 << 10), letters.at("forgotten").to_number<std::uint64_t>());
    print_table("adapter", status.at("adapters").as_array());
    print_table("consumer", status.at("consumers").as_array());
}

}  // namespace

int status(const std::string& config_file, bool as_json) {
    const ConfigResult result = load(config_file).result;
    print(stderr, result.errors, config_file);
    if (!result.errors.empty()) return kBadConfig;
    if (!result.config.admin) {
        fmt::print(stderr, "{}: gateway.admin is not set: there is nothing to ask\n", config_file);
        return kBadConfig;
    }
    const auto tokens = read_secrets(result.config.admin_tokens);
    if (!tokens) {
        fmt::print(stderr, "{}: {}\n", config_file, tokens.error().text);
        return kBadConfig;
    }
    const Result<std::string> answer = ask(*result.config.admin, tokens->empty() ? std::string() : tokens->front());
    if (!answer) {
        fmt::print(stderr, "millrace: {}\n", answer.error().text);
        return kUnavailable;
    }
    if (as_json) {
        fmt::print("{}", *answer);
    } else {
        print_status(json::parse(*answer));
    }
    return kDone;
}

}  // namespace millrace::cli
