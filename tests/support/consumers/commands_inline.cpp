#include "tests/support/consumers/commands.hpp"

using Commands = millrace::test::Commands<millrace::InlineConsumer>;

MILLRACE_CONSUMER("commands_inline", "1.0.0", Commands)
