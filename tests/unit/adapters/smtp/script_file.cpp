#include "tests/unit/adapters/smtp/script_file.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

namespace millrace::smtp::test {
namespace {

using Lets = std::map<std::string, std::string, std::less<>>;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

// With the lets put in, and the repetitions.
std::string expand(std::string_view text, const Lets& lets) {
    std::string result;
    while (!text.empty()) {
        if (text.front() != '{') {
            result += text.front();
            text.remove_prefix(1);
            continue;
        }
        const std::size_t end = text.find('}');
        if (end == text.npos) fail("a brace is open: " + std::string(text));
        const std::string_view name = text.substr(1, end - 1);
        if (const auto let = lets.find(name); let != lets.end()) {
            result += let->second;
        } else if (!name.empty() && name.front() >= '1' && name.front() <= '9') {
            const std::size_t blank = name.find(' ');
            const std::string once = expand(name.substr(blank + 1), {});
            for (int i = std::stoi(std::string(name)); i > 0; --i) result += once;
        } else {
            result += text.substr(0, end + 1);
        }
        text.remove_prefix(end + 1);
    }
    return result;
}

std::string unescaped(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '$') {
            result += "\r\n";
        } else if (text[i] != '\\') {
            result += text[i];
        } else if (const char c = text[++i]; c == 'x') {
            result += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        } else {
            result += c == 'r' ? '\r' : c == 'n' ? '\n' : c == 't' ? '\t' : c == '0' ? '\0' : c;
        }
    }
    return result;
}

void set(Settings& settings, const std::string& key, const std::string& value) {
    const auto number = [&] { return std::stoul(value); };
    const std::map<std::string, bool*> switches = {{"lmtp", &settings.is_lmtp},
                                                   {"tls", &settings.has_tls},
                                                   {"users", &settings.has_users},
                                                   {"requires_tls", &settings.requires_tls},
                                                   {"requires_auth", &settings.requires_auth}};
    const std::map<std::string, unsigned*> counts = {
        {"recipients", &settings.session.recipients_max}, {"mails", &settings.session.mails_max},
        {"delayed", &settings.session.errors_delayed},    {"errors", &settings.session.errors_max},
        {"idle", &settings.session.idle_commands_max},    {"logins", &settings.session.failed_logins_max},
        {"chunks", &settings.session.chunks_max}};
    const std::map<std::string, std::size_t*> sizes = {{"line", &settings.content.line_bytes_max},
                                                       {"header", &settings.content.header_bytes_max},
                                                       {"fields", &settings.content.fields_max},
                                                       {"received", &settings.content.received_max}};
    const std::map<std::string, std::int64_t*> times = {{"greeting_delay", &settings.times.greeting_delay_ms},
                                                        {"session", &settings.times.session_ms}};
    if (const auto found = switches.find(key); found != switches.end())
        *found->second = number() != 0;
    else if (const auto count = counts.find(key); count != counts.end())
        *count->second = static_cast<unsigned>(number());
    else if (const auto size = sizes.find(key); size != sizes.end())
        *size->second = number();
    else if (const auto time = times.find(key); time != times.end())
        *time->second = static_cast<std::int64_t>(number());
    else if (key == "size")
        settings.content.bytes_max = number();
    else if (key == "in_tls")
        settings.host = "mx.tls";
    else
        fail("no such setting: " + key);
}

Settings settings_of(std::string_view text) {
    Settings settings;
    settings.host = "mx.example";
    settings.content.bytes_max = 1'000'000;
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;) {
        const std::size_t equals = word.find('=');
        set(settings, word.substr(0, equals), word.substr(equals + 1));
    }
    return settings;
}

Lets read_lets(const std::string& path) {
    std::ifstream file(path);
    if (!file) fail("cannot read " + path);
    Lets lets;
    for (std::string line; std::getline(file, line);) {
        const std::string_view text = line;
        if (!text.starts_with("let ")) continue;
        const std::size_t equals = text.find(" = ");
        lets[std::string(text.substr(4, equals - 4))] = expand(text.substr(equals + 3), lets);
    }
    return lets;
}

}  // namespace

std::vector<Row> read_rows(const std::string& folder, const std::string& name) {
    const Lets lets = read_lets(folder + "/replies.let");
    std::ifstream file(folder + "/" + name);
    std::vector<Row> rows;
    Row row;
    row.settings = settings_of({});
    int number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        const std::string_view text = line;
        if (text.empty() || text.front() == '#') continue;
        if (text.starts_with("section")) {
            row.section = text.substr(7);
            row.settings = settings_of(row.section);
            row.before.clear();
        } else if (text.starts_with("before = ")) {
            row.before = expand(text.substr(9), lets);
        } else {
            const std::size_t arrow = text.find(" =>");
            if (arrow == text.npos) fail(name + ":" + std::to_string(number) + ": no arrow");
            row.where = name + ":" + std::to_string(number);
            row.is_whole = text.front() == '!';
            row.sent = expand(text.substr(row.is_whole ? 1 : 0, arrow - (row.is_whole ? 1 : 0)), lets);
            row.expected = expand(text.substr(std::min(arrow + 4, text.size())), lets);
            for (std::size_t at = 0; (at = row.expected.find('$', at)) != std::string::npos;)
                row.expected.replace(at, 1, "\\r\\n");
            rows.push_back(row);
        }
    }
    return rows;
}

std::vector<std::string> parts_of(std::string_view sent) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t begin = sent.find('{');
        parts.push_back(unescaped(sent.substr(0, begin)));
        if (begin == sent.npos) return parts;
        const std::size_t end = sent.find('}');
        parts.emplace_back(sent.substr(begin + 1, end - begin - 1));
        sent.remove_prefix(end + 1);
    }
}

}  // namespace millrace::smtp::test
