#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/v1/sms.pb.h"

// Words by which a phone's owner says whether he wants messages.
namespace millrace::sms {

// In upper case. A message is one of them when it is nothing else: case and blanks around it do not matter, and blanks
// within it count as one.
struct ConsentWords {
    std::vector<std::string> stop = {"STOP",   "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT",
                                     "REVOKE", "OPTOUT",  "OPT-OUT",  "REMOVE",      "ARRET",  "TD"};
    std::vector<std::string> start = {"START", "UNSTOP", "YES"};
    std::vector<std::string> help = {"HELP", "INFO"};
};

struct ConsentWord {
    v1::Sms::Consent::Action action;
    std::string word;  // As ConsentWords has it.
};

std::optional<ConsentWord> consent_of(std::string_view text, const ConsentWords& words);

// The first word of a text, in upper case where it is ASCII; empty where there is none.
std::string keyword_of(std::string_view text);

}  // namespace millrace::sms
