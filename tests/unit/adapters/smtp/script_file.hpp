#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/smtp/service.hpp"

namespace millrace::smtp::test {

// Files of scripted sessions, one a line: `what is sent => all that comes of it`. `$` is CR LF; escapes are those of C;
// {name} is what `let name = text` in replies.let says.
//
//     section key=value ..    settings other than the usual ones, for the rows below
//     before = text           what is sent first in each row below; what comes of it is not looked at
//     # a remark
//
// In what is sent, {2000 x} repeats `x`, {wait ms}, {tls}, {lost}, {drain} and {settle 01} are events; {then} waits
// for what comes of it so far. A row that begins with `!` is about what comes too early, and is sent at once only.
struct Row {
    std::string where;  // file:line
    std::string section;
    Settings settings;  // of the section
    std::string before;
    std::string sent;
    std::string expected;  // in the form of shown()
    bool is_whole = false;
};

std::vector<Row> read_rows(const std::string& folder, const std::string& name);

// What one row sends or expects, cut at its events: text, event, text, ..; texts may be empty.
std::vector<std::string> parts_of(std::string_view sent);

}  // namespace millrace::smtp::test
