#include "tests/support/consumers/commands.hpp"

using Commands = millrace::test::Commands<millrace::Consumer>;

MILLRACE_CONSUMER("commands", "1.0.0", Commands)
