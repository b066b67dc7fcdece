#pragma once

#include <string>
#include <vector>

// Requests at the edge of what is right and beyond it, with all that is said to them.
namespace millrace::http::test {

struct Case {
    const char* name;
    std::string bytes;
    std::string answer;
};

std::vector<Case> request_lines();
std::vector<Case> header_lines();
std::vector<Case> lengths();
std::vector<Case> codings();
std::vector<Case> chunks();
std::vector<Case> connections();

}  // namespace millrace::http::test
