#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

// The gateway's log: one line an event on standard error, as text for people or JSON for machines. Control characters
// of what the outside said are escaped, so that no peer can forge a line, and long texts are cut. Thread: any, after
// configure().
namespace millrace::log {

enum class Level { debug, info, warn, error };
enum class Format { text, json };

// Before the first line of another thread.
void configure(Level level, Format format);

bool is_on(Level level);

// `who`: the configured name of the adapter or consumer, or a part of the gateway.
void write(Level level, std::string_view who, std::string_view text);

// As write, for what a peer or a plugin can cause at will: at most ten lines a second of all such lines; the next that
// is let through says how many were not.
void write_limited(Level level, std::string_view who, std::string_view text);

template <class... Arguments>
void info(std::string_view who, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (is_on(Level::info)) write(Level::info, who, fmt::format(format, std::forward<Arguments>(arguments)...));
}

template <class... Arguments>
void warn(std::string_view who, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (is_on(Level::warn)) write(Level::warn, who, fmt::format(format, std::forward<Arguments>(arguments)...));
}

template <class... Arguments>
void error(std::string_view who, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (is_on(Level::error)) write(Level::error, who, fmt::format(format, std::forward<Arguments>(arguments)...));
}

template <class... Arguments>
void limited(Level level, std::string_view who, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (is_on(level)) write_limited(level, who, fmt::format(format, std::forward<Arguments>(arguments)...));
}

}  // namespace millrace::log
