#pragma once

namespace millrace::cli {

// A command that is a program of its own: `millrace sign ..` runs `millrace-sign ..`, if that lies beside the gateway's
// own binary. So a command can use what the gateway must not, such as an adapter's code. `argv` is main()'s. Returns
// where there is no such program.
void become_companion(char** argv);

}  // namespace millrace::cli
