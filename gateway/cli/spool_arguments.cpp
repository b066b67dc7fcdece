#include "gateway/cli/spool_arguments.hpp"

namespace millrace::cli {

SpoolArguments::SpoolArguments(CLI::App& app) {
    add_dlq(app);
    add_spool(app);
}

CLI::App* SpoolArguments::add(CLI::App& parent, const char* name, const char* about) {
    CLI::App* command = parent.add_subcommand(name, about);
    command->add_option("-c,--config", config_file_, "The configuration (YAML)")->required()->type_name("FILE");
    command->add_option("--format", format_, "text or json, one a line")->check(CLI::IsMember({"text", "json"}));
    return command;
}

CLI::App* SpoolArguments::add_filter(CLI::App* command) {
    command->add_option("id", options_.ids, "These, as `dlq list` numbers them");
    command->add_option("--route", options_.route, "Only of messages that this route took");
    command->add_option("--reason", options_.reason, "Only with this reason: rejected, attempts, ...");
    command->add_option("--code", options_.code, "Only with this code of the consumer");
    command->add_option("--consumer", options_.consumer, "Only of this consumer");
    command->add_option("--since", options_.since, "Only died since then: 2026-11-29T12:00:00Z, or 30m, 2h, 7d ago");
    return command;
}

void SpoolArguments::add_dlq(CLI::App& app) {
    CLI::App* dlq = app.add_subcommand("dlq", "Dead letters: look at them, queue them again, drop them");
    dlq->require_subcommand(1);
    add_filter(add(*dlq, "list", "One a line, in the order in which they died"));
    add_filter(add(*dlq, "stats", "How many there are of each route, reason and consumer"));
    add_filter(add(*dlq, "export", "Whole, as lines of JSON, with their messages and every attempt"));
    add(*dlq, "show", "All there is of one, with every attempt")
        ->add_option("id", options_.ids, "As `dlq list` numbers it")
        ->required()
        ->expected(1);
    add_requeue(*dlq);
    add_filter(add(*dlq, "drop", "Remove them for good"))->add_flag("--all", options_.is_all, "All that there are");
    dlq_ = dlq;
}

void SpoolArguments::add_requeue(CLI::App& dlq) {
    CLI::App* requeue = add_filter(add(dlq, "requeue", "Have them delivered again, as new messages are"));
    requeue->add_option("--to", options_.to, "To this consumer, and not to the one that they died of");
    requeue->add_option("--rate", options_.rate, "So many a second, such as 100/s");
    requeue->add_option("--limit", options_.limit, "So many at most")->check(CLI::PositiveNumber);
    requeue->add_flag("--dry-run", options_.is_dry_run, "Say what it would do, and do nothing");
}

void SpoolArguments::add_spool(CLI::App& app) {
    CLI::App* spool = app.add_subcommand("spool", "What is kept on the disk until it is delivered");
    spool->require_subcommand(1);
    add(*spool, "ls", "Who has yet to receive how much of which scope");
    add(*spool, "stats", "How much it holds, and what was damaged");
    add(*spool, "verify", "Read everything and name what is wrong");
    spool_ = spool;
}

std::optional<int> SpoolArguments::run() const {
    const bool as_json = format_ == "json";
    if (*dlq_) {
        DlqOptions options = options_;
        options.command = dlq_->get_subcommands().front()->get_name();
        options.as_json = as_json;
        return dlq(config_file_, options);
    }
    if (*spool_) return spool(config_file_, spool_->get_subcommands().front()->get_name(), as_json);
    return std::nullopt;
}

}  // namespace millrace::cli
