#include "adapters/chat/irc/adapter.hpp"

namespace millrace::chat::irc {

IrcAdapter::IrcAdapter(AdapterHost host, const Config& config) : host_(host), settings_(config) {}

void IrcAdapter::prepare() {
    if (settings_.state) ledger_.open(*settings_.state, "irc " + settings_.network);
    client_ = std::make_unique<Client>(host_, settings_, ledger_);
}

void IrcAdapter::start() {
    if (!settings_.state) host_.log(MILLRACE_LOG_WARN, "what is missed over a restart is not noticed: set `state`");
    client_->start();
}

void IrcAdapter::retire() { client_->retire(); }

void IrcAdapter::quiesce() { client_->quiesce(); }

void IrcAdapter::stop(std::chrono::milliseconds deadline) { client_->stop(deadline); }

}  // namespace millrace::chat::irc

MILLRACE_ADAPTER("irc", "1.0.0", "irc", MILLRACE_CHAT_MATCH_KEYS, millrace::chat::irc::IrcAdapter)
