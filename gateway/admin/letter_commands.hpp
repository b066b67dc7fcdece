#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gateway/admin/letter_selection.hpp"
#include "gateway/admin/spool_command.hpp"

// What people do with dead letters. What each answers, in lines of JSON:
//
//     list          letter_json.hpp's to_json, one a line
//     export        its to_whole_json, one a line
//     stats         {"route", "reason", "consumer", "letters", "bytes", "oldest_at"} of each that there is
//     requeue       {"requeued", "of", "unreadable", "homeless"} after each portion, so the last line is the sum
//     its dry run   {"would_requeue", "of", "homeless", "to": {consumer: how many}}
//     drop          {"dropped", "of"}, as requeue
//
// `of`: all that were selected. `homeless`: those whose consumer the configuration does not have; they stay.
namespace millrace::admin {

std::unique_ptr<SpoolCommand> list_letters(LetterSelection selection);
std::unique_ptr<SpoolCommand> export_letters(LetterSelection selection);
std::unique_ptr<SpoolCommand> count_letters(LetterSelection selection);
std::unique_ptr<SpoolCommand> drop_letters(LetterSelection selection);

struct Requeue {
    LetterSelection selection;
    std::vector<std::string> consumers;  // Of the configuration.
    std::string to;                      // One of them; empty: each to its own.
    std::uint64_t rate = 0;              // Letters a second; 0: as fast as they go.
    std::uint64_t limit = UINT64_MAX;
};

std::unique_ptr<SpoolCommand> requeue_letters(Requeue requeue);
std::unique_ptr<SpoolCommand> rehearse_requeue(Requeue requeue);  // The dry run.

}  // namespace millrace::admin
