// What an operator sees from outside: /metrics and OTLP. Hears of every event through a tap beside the journal; nothing waits for it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lectr/config/settings.hpp"
#include "lectr/config/snapshot.hpp"
#include "lectr/events/tap.hpp"
#include "lectr/telemetry/exporter.hpp"
#include "lectr/telemetry/metrics.hpp"

namespace lectr::app {

class Observer {
 public:
  // What the process knows, but for what this adds; and the snapshot in force, for providers' addresses. Both are called on threads of this from
  // start() to stop(), and `state` by text() too.
  using State = std::function<telemetry::ProcessState()>;
  using Snapshot = std::function<std::shared_ptr<const config::Snapshot>()>;
  Observer(const config::Metrics& metrics, const config::Otlp& otlp, std::string instance_id, State state, Snapshot snapshot);

  void start();
  void stop();  // after the pipeline's: counts and sends what waits
  events::Tap& tap() noexcept { return tap_; }
  std::string text() const;                                  // any thread
  std::function<bool(std::string_view)> token_fits() const;  // not set: there is no token

 private:
  telemetry::ProcessState whole_state() const;
  std::optional<telemetry::ServerAddress> server_of(const Event& event) const;

  const std::string token_reference_;
  State state_;
  Snapshot snapshot_;
  telemetry::Metrics metrics_;
  std::unique_ptr<telemetry::Exporter> exporter_;  // null: nothing is exported
  events::Tap tap_;
};

}  // namespace lectr::app
