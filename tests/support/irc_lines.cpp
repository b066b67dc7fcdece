// The codec of IRC as a program, for tests in other languages: a request a line in, an answer a line out. All is hex.
//
//   read LINE                       -> SOURCE NICK USER HOST COMMAND [p=PARAM].. [t=KEY:VALUE].., tags by their key
//   write COMMAND [p=PARAM].. [t=KEY:VALUE]..    -> the line, with its end
//
// What cannot be read or written is answered by `fault`.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "adapters/chat/irc/codec.hpp"
#include "adapters/chat/irc/tags.hpp"

namespace {

using namespace millrace::chat::irc;

std::string to_hex(std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string out = "_";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
    return out;
}

std::string from_hex(std::string_view hex) {
    std::string out;
    for (std::size_t i = 1; i + 1 < hex.size(); i += 2)
        out += static_cast<char>(std::strtol(std::string(hex.substr(i, 2)).c_str(), nullptr, 16));
    return out;
}

std::string read(const std::string& text) {
    Line line;
    if (parse_line(text, line) != LineFault::none) return "fault";
    const Source source = parse_source(line.source);
    std::string answer;
    for (const std::string_view part : {line.source, source.nick, source.user, source.host, line.command})
        answer += to_hex(part) + " ";
    for (std::size_t i = 0; i < line.size; ++i) answer += "p=" + to_hex(line.params[i]) + " ";
    std::map<std::string, std::string> tags;
    TagReader reader(line.tags);
    std::string storage;
    for (Tag tag; reader.next(tag);) tags[std::string(tag.key)] = unescaped(tag.value, storage);
    for (const auto& [key, value] : tags) answer += "t=" + to_hex(key) + ":" + to_hex(value) + " ";
    return answer;
}

std::string write(std::istringstream& request) {
    std::string command, part, tags, out;
    std::vector<std::string> params;
    request >> command;
    while (request >> part) {
        if (part[0] == 'p') {
            params.push_back(from_hex(part.substr(2)));
            continue;
        }
        const std::size_t colon = part.find(':');
        const std::string key = from_hex(part.substr(2, colon - 2));
        if (append_tag(tags, key, from_hex(part.substr(colon + 1))) != LineFault::none) return "fault";
    }
    const std::vector<std::string_view> views(params.begin(), params.end());
    return write_line(out, tags, from_hex(command), views) == LineFault::none ? to_hex(out) : "fault";
}

}  // namespace

int main() {
    std::ios::sync_with_stdio(false);
    for (std::string text; std::getline(std::cin, text);) {
        std::istringstream request(text);
        std::string what, rest;
        request >> what;
        if (what == "read") {
            request >> rest;
            std::cout << read(from_hex(rest)) << '\n';
        } else {
            std::cout << write(request) << '\n';
        }
    }
    return 0;
}
