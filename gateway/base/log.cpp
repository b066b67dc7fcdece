#include "gateway/base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <memory>
#include <mutex>
#include <string>

#include "gateway/base/clock.hpp"

namespace millrace::log {
namespace {

constexpr std::size_t kTextBytesMax = 2000;
constexpr int kLimitedLinesPerSecond = 10;

constexpr std::array kLevels{spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err};

struct State {
    std::shared_ptr<spdlog::logger> logger = spdlog::stderr_logger_mt("millrace");
    Format format = Format::text;

    std::mutex mutex;  // Guards what follows.
    std::int64_t second = 0;
    int lines = 0;
    std::uint64_t suppressed = 0;
};

State& state() {
    static State state;
    return state;
}

spdlog::level::level_enum to_spdlog(Level level) { return kLevels[static_cast<std::size_t>(level)]; }

// Quotes are escaped in JSON only; a control character never gets through.
std::string escape(std::string_view text, Format format) {
    std::string out;
    out.reserve(text.size());
    for (char c : text.substr(0, kTextBytesMax)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            out += fmt::format("\\u{:04x}", byte);
        } else {
            if (format == Format::json && (c == '"' || c == '\\')) out += '\\';
            out += c;
        }
    }
    if (text.size() > kTextBytesMax) out += "...";
    return out;
}

}  // namespace

void configure(Level level, Format format) {
    State& s = state();
    s.format = format;
    s.logger->set_level(to_spdlog(level));
    s.logger->flush_on(spdlog::level::debug);
    if (format == Format::json) {
        s.logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})", spdlog::pattern_time_type::utc);
    } else {
        s.logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %-7l %v", spdlog::pattern_time_type::utc);
    }
}

bool is_on(Level level) { return state().logger->should_log(to_spdlog(level)); }

void write(Level level, std::string_view who, std::string_view text) {
    State& s = state();
    const auto format = s.format == Format::json ? R"("who":"{}","text":"{}")" : "{}: {}";
    s.logger->log(to_spdlog(level), fmt::runtime(format), escape(who, s.format), escape(text, s.format));
}

void write_limited(Level level, std::string_view who, std::string_view text) {
    State& s = state();
    std::uint64_t suppressed = 0;
    {
        std::lock_guard lock(s.mutex);
        const auto second = system_clock().steady_us() / 1'000'000;
        if (s.second != second) {
            s.second = second;
            s.lines = 0;
        }
        if (++s.lines > kLimitedLinesPerSecond) {
            ++s.suppressed;
            return;
        }
        suppressed = std::exchange(s.suppressed, 0);
    }
    write(level, who,
          suppressed == 0 ? std::string(text) : fmt::format("{} ({} lines before it left out)", text, suppressed));
}

}  // namespace millrace::log
