#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "gateway/cli/commands.hpp"

namespace millrace::cli {

// `dlq` and `spool` on the command line. Thread: main.
class SpoolArguments {
  public:
    // Adds them. REQUIRES: it lives until `app` has parsed.
    explicit SpoolArguments(CLI::App& app);
    SpoolArguments(const SpoolArguments&) = delete;

    // Runs what was asked for. The exit code; nothing where it was another command.
    std::optional<int> run() const;

  private:
    CLI::App* add(CLI::App& parent, const char* name, const char* about);
    CLI::App* add_filter(CLI::App* command);
    void add_dlq(CLI::App& app);
    void add_requeue(CLI::App& dlq);
    void add_spool(CLI::App& app);

    const CLI::App* dlq_ = nullptr;
    const CLI::App* spool_ = nullptr;
    std::string config_file_;
    std::string format_ = "text";
    DlqOptions options_;
};

}  // namespace millrace::cli
