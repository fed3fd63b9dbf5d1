// The composition root: builds everything, hands it down by constructor, and takes it apart in the opposite order.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "anomaly_watch.hpp"
#include "app/alerts/outbox.hpp"
#include "control_states.hpp"
#include "first_start.hpp"
#include "latency_watch.hpp"
#include "lectr/api/server.hpp"
#include "lectr/config/settings.hpp"
#include "lectr/config/snapshot.hpp"
#include "lectr/events/pipeline.hpp"
#include "lectr/limits/limiter.hpp"
#include "lectr/proxy/proxy.hpp"
#include "lectr/store/control_store.hpp"
#include "observe.hpp"
#include "upkeep.hpp"

namespace lectr::app {

class Daemon {
 public:
  // Opens the store (migrating it), binds both listeners. Throws std::runtime_error with a text for the operator.
  explicit Daemon(config::Settings settings);
  ~Daemon();

  void start();
  // SIGHUP: certificates, log level, providers (a CA file that was not in use before needs a restart) and the control state again. What can't
  // be used is logged and changes nothing.
  void reload(const config::Settings& fresh);
  // SIGTERM: drain the proxy, write what events there are, end. Blocks for at most the drain deadline and a few seconds.
  void stop();

  const std::optional<Welcome>& welcome() const noexcept { return welcome_; }
  std::string proxy_address() const;
  std::string admin_address() const;
  std::string admin_url() const;  // as a browser on this machine reaches it
  store::Stores& stores() noexcept { return stores_; }
  std::shared_ptr<const config::Snapshot> snapshot();

 private:
  void open_store();     // or start without it, by what it last said
  bool store_is_back();  // true but for the time between such a start and the store's return
  void refresh_control(bool always);
  void put_in_force(store::Control control, const ControlStates::Read& read, bool always);
  void watch_control();
  void wait_for_change();
  void follow_budgets();
  void collect_alerts();
  void tell_alerts();
  void follow_latencies();
  void build_alerts();
  Result<api::AlertTested> test_alert(OrgId org, const std::string& channel, const std::string& actor) const;
  std::optional<api::LimitsNow> limits_now(OrgId org);
  std::vector<api::BreakerNow> breakers_now(OrgId org) const;
  void beat();
  void leave();
  api::Status status() const;
  telemetry::ProcessState process_state();
  std::vector<store::Retention> retention() const;
  std::vector<api::ProviderInfo> providers();

  config::Settings settings_;
  store::Stores stores_;
  std::optional<Welcome> welcome_;
  std::shared_ptr<const config::Registry> registry_;
  std::shared_ptr<const config::PriceTable> prices_;

  std::mutex refresh_mutex_;  // one refresh at a time: what was read later is published later
  ControlStates control_states_;
  std::unique_ptr<store::ControlWatch> control_notices_;  // null: the store can't tell
  store::InstanceRow self_;                               // the watch thread's
  std::int64_t beaten_us_ = 0;                            // 0: the store did not take the last one
  std::uint64_t budgets_version_ = 0;                     // of the snapshot whose budgets were last looked up in the store
  std::int64_t budgets_us_ = 0;
  std::atomic<bool> store_missing_{false};  // since the start
  std::string last_good_path_;

  std::mutex control_mutex_;  // cold side only
  std::condition_variable control_wake_;
  std::shared_ptr<const config::Snapshot> snapshot_;
  std::vector<config::ProviderOverride> overrides_;  // of the installation, as the registry has them
  std::string control_print_;                        // of the control state the snapshot was built from
  std::uint64_t version_ = 0;
  bool ending_ = false;
  std::atomic<bool> watching_{true};
  std::thread control_watch_;

  std::unique_ptr<Observer> observer_;  // before the pipeline, which its tap outlives
  std::vector<std::unique_ptr<events::Queue>> queues_;
  std::unique_ptr<events::Pipeline> pipeline_;
  std::unique_ptr<Upkeep> upkeep_;
  std::unique_ptr<AnomalyWatch> anomalies_;
  std::mutex alerts_mutex_;  // held for a moment, by a worker once in a second or two
  std::vector<limits::BudgetEvent> alerts_;
  LatencyWatch latencies_;
  std::int64_t latencies_us_ = 0;  // the watch thread's
  std::unique_ptr<alerts::Sender> alert_sender_;
  std::unique_ptr<alerts::Writer> alert_writer_;
  std::unique_ptr<alerts::Outbox> outbox_;
  limits::Limiter limiter_;
  std::unique_ptr<proxy::Proxy> proxy_;
  std::unique_ptr<api::Server> api_;
};

}  // namespace lectr::app
