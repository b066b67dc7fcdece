#include "adapters/mqtt/adapter.hpp"

namespace millrace::mqtt {

MqttAdapter::MqttAdapter(AdapterHost host, const Config& config) : host_(host), settings_(config) {}

void MqttAdapter::prepare() { client_ = std::make_unique<Client>(host_, settings_); }

void MqttAdapter::start() { client_->start(); }

void MqttAdapter::retire() { client_->retire(); }

void MqttAdapter::quiesce() { client_->quiesce(); }

void MqttAdapter::stop(std::chrono::milliseconds deadline) { client_->stop(deadline); }

}  // namespace millrace::mqtt

MILLRACE_ADAPTER("mqtt", "1.0.0", "mqtt", MILLRACE_MATCH_TOPIC("topic"), millrace::mqtt::MqttAdapter)
