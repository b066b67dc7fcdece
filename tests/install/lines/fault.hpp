#pragma once

// The mistakes that authors of adapters make. With -DLINES_FAULT=N this adapter makes the one of that number, and a
// test of the conformance suite is to fail by name; install_test.py has the list.
#ifndef LINES_FAULT
#define LINES_FAULT 0
#endif

namespace lines {

enum class Fault {
    none,
    tells_outcome_twice,
    says_yes_before_the_consumer,
    tells_outcomes_as_they_settle,
    accounts_twice,
    accounts_before_it_has_left,
    submits_after_stop,
    submits_when_full,
    forgets_the_rest_when_full,
    reorders_after_resume,
    has_one_key_for_all,
    loses_a_close_reason,
    listens_before_the_answer,
    reads_while_draining,
    forgets_who_asks,
    says_nothing_where_nobody_takes_it,
};

// Each file its own.
static constexpr bool has(Fault fault) { return static_cast<int>(fault) == LINES_FAULT; }

}  // namespace lines
