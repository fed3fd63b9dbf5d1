#include "daemon.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "last_good.hpp"
#include "lectr/base/clock.hpp"
#include "lectr/base/time_text.hpp"
#include "lectr/telemetry/log.hpp"
#include "replay/states_replay.hpp"
#include "snapshot_builder.hpp"
#include "spent.hpp"

namespace lectr::app {
namespace {

constexpr auto kControlPoll = std::chrono::seconds{2};  // changes made by another process (a subcommand, another instance)
constexpr auto kHeard = std::chrono::seconds{1};        // between two heartbeats where the store tells of changes by itself
constexpr std::size_t kWindowsAtOnce = 64;              // of budgets, that a worker learns of at one of its turns
constexpr std::int64_t kBudgetsUs = 60'000'000;         // what budgets have spent is looked up in the store again
constexpr std::int64_t kLatenciesUs = 5'000'000;        // between two looks at latency targets
constexpr std::size_t kMostAlerts = 1000;               // that wait for a store
constexpr std::int64_t kBeatUs = 30'000'000;            // where it can't: each is a write to disk
constexpr std::int64_t kAliveUs = 10'000'000;           // not heard of for so long, an instance is not counted among those that share providers

std::string join(const std::string& host, std::uint16_t port) {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

// A database that takes packets and never answers holds the threads that wait for it, for ever. What is not stored by then lies in the journal,
// so the process may go.
class LastResort {
 public:
  LastResort()
      : watch_{[this] {
          std::unique_lock hold{mutex_};
          if (done_.wait_for(hold, kPatience, [this] { return over_; })) return;
          log::error("stopping: the store does not answer; what it has not taken is in the journal and will be written by the next start");
          log::flush();
          std::_Exit(0);
        }} {}
  ~LastResort() {
    {
      const std::lock_guard hold{mutex_};
      over_ = true;
    }
    done_.notify_all();
    watch_.join();
  }

 private:
  static constexpr auto kPatience = std::chrono::seconds{20};
  std::mutex mutex_;
  std::condition_variable done_;
  bool over_ = false;
  std::thread watch_;
};

// Where a client on this machine reaches a listener.
std::string reachable(const std::string& address) {
  if (address.starts_with("0.0.0.0:")) return "127.0.0.1" + address.substr(7);
  return address.starts_with("[::]:") ? "[::1]" + address.substr(4) : address;
}

// Tells one control state from another.
std::string print_of(const store::Control& control) {
  std::string text;
  for (const auto& org : control.orgs) {
    text += std::to_string(org.id) + (org.enabled ? "+" : "-") + (org.exact_stream_usage ? "x" : "") + org.name + '\n';
    for (const auto& [provider, reference] : org.credential_refs) text += provider + '=' + reference + '\n';
    for (const auto& [provider, base_url] : org.base_urls) text += provider + '@' + base_url + '\n';
    for (const auto& p : org.prices) {
      text += p.provider + '/' + p.model;
      for (const auto& price : {std::optional{p.input}, std::optional{p.output}, p.cached, p.cache_write})
        text += ' ' + std::to_string(price.value_or(-1));
      text += '\n';
    }
  }
  for (const auto& [org, version] : control.versions) text += std::to_string(org) + 'v' + std::to_string(version) + '\n';
  for (const auto& key : control.keys)
    text += std::to_string(key.id) + ':' + std::string(reinterpret_cast<const char*>(key.digest.data()), key.digest.size()) + key.name + '\n';
  return text;
}

// Each connection may need a second one to a provider; the store, the journal and the API need descriptors too.
void fit_connections(config::Bounds& bounds) {
  constexpr rlim_t kOthers = 512;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) return;
  const auto fits = static_cast<std::uint32_t>(files.rlim_cur > kOthers + 64 ? (files.rlim_cur - kOthers) / 2 : 32);
  if (bounds.connections <= fits) return;
  log::warn("bounds.connections is " + std::to_string(bounds.connections) + ", but the limit of open files (" + std::to_string(files.rlim_cur) +
            ") allows " + std::to_string(fits) + "; that holds now. Raise the limit (ulimit -n, LimitNOFILE=) for more");
  bounds.connections = fits;
}

// TLS to providers is set up at the start: a CA file that is new since would silently mean the system's trust.
bool trusts_known(const config::Registry& registry, const config::Settings& started) {
  return std::all_of(registry.providers.begin(), registry.providers.end(), [&](const config::Provider& p) {
    return p.ca_file.empty() ||
           std::any_of(started.providers.begin(), started.providers.end(), [&](const config::ProviderOverride& o) { return o.ca_file == p.ca_file; });
  });
}

store::ControlEventRow control_event_of(const limits::BudgetEvent& e) {
  const nlohmann::json detail{{"percent", e.percent},
                              {"spent", NanoMoney{e.spent_nano}.to_text()},
                              {"of", NanoMoney{e.of_nano}.to_text()},
                              {"window_from", to_rfc3339(e.from_us)}};
  return {.org = e.org,
          .kind = "budget",
          .name = e.budget,
          .key = std::to_string(e.from_us) + ':' + std::to_string(e.percent),
          .at_us = e.at_us,
          .detail = detail.dump()};
}

}  // namespace

Daemon::Daemon(config::Settings settings) : settings_{std::move(settings)}, limiter_{settings_.redis_url} {
  std::filesystem::create_directories(settings_.state_dir);
  std::filesystem::permissions(settings_.state_dir, std::filesystem::perms::owner_all);
  if (settings_.database_url.empty()) settings_.database_url = "sqlite:" + settings_.state_dir + "/lectr.db";
  fit_connections(settings_.bounds);
  auto registry = config::build_registry(settings_.providers);
  if (!registry) throw std::runtime_error(registry.error().front().to_text());
  registry_ = std::make_shared<const config::Registry>(std::move(*registry));
  prices_ = config::builtin_prices();
  overrides_ = settings_.providers;

  unsigned threads = settings_.io_threads != 0 ? settings_.io_threads : std::max(1u, std::thread::hardware_concurrency());
  std::vector<events::Queue*> queues;
  for (unsigned i = 0; i < threads; ++i) {
    queues_.push_back(std::make_unique<events::Queue>());
    queues.push_back(queues_.back().get());
  }
  self_ = {UuidSource{}.next(unix_us() / 1000).to_text(), unix_us(), 0, {}};
  observer_ = std::make_unique<Observer>(
      settings_.metrics, settings_.otlp, self_.id, [this] { return process_state(); }, [this] { return snapshot(); });
  // The journal's lock is what tells a second daemon on the same state directory to go away, so it comes first.
  pipeline_ = std::make_unique<events::Pipeline>(events::PipelineOptions{.journal_dir = settings_.state_dir + "/journal",
                                                                         .journal_bytes = std::uint64_t{settings_.bounds.journal_mib} << 20,
                                                                         .tap = &observer_->tap()},
                                                 queues, [this](std::span<const Event> batch) {
                                                   const auto done = stores_.events->append(batch);
                                                   // Events flow only between start() and stop(), and the API is there before and after.
                                                   if (done && api_) api_->rows_written();
                                                   return done;
                                                 });
  last_good_path_ = settings_.state_dir + "/last_good.json";
  open_store();
  control_notices_ = store::watch_control(settings_.database_url);
  if (!store_missing_) welcome_ = first_start(*stores_.control, settings_);
  upkeep_ = std::make_unique<Upkeep>(*stores_.events, [this] { return retention(); });
  anomalies_ = std::make_unique<AnomalyWatch>(
      stores_, self_.id, [this] { return snapshot(); }, [this] { return pipeline_->counters().degraded; });
  build_alerts();
  if (!store_missing_) refresh_control(true);
  if (!snapshot_) throw std::runtime_error("the control state could not be read from the store");

  follow_budgets();
  proxy_ = std::make_unique<proxy::Proxy>(proxy::ProxyOptions{settings_, queues, snapshot_, &limiter_});
  api::ServerOptions api;
  api.listen = settings_.admin;
  api.stores = &stores_;
  api.status = [this] { return status(); };
  api.control_changed = [this] { refresh_control(false); };
  api.proxy_url = (settings_.proxy.tls.certificate.empty() ? "http://" : "https://") + reachable(proxy_address());
  api.snapshot = [this] { return snapshot(); };
  api.instance_id = self_.id;
  api.limits = [this](OrgId org) { return limits_now(org); };
  api.latencies = [this](OrgId org) { return latencies_.states(org); };
  api.replay_states = [this](OrgId org, const config::Control& draft, const std::vector<store::KeyRow>& keys, std::int64_t from_us) {
    return replay_states(snapshot(), org, draft, keys, *stores_.events, from_us);
  };
  api.breakers = [this](OrgId org) { return breakers_now(org); };
  api.providers = [this] { return providers(); };
  api.credential_allowed = [dir = settings_.state_dir](const std::string& reference) { return org_may_name(reference, dir); };
  api.credential_found = [](const std::string& reference) { return !resolve_credential(reference).empty(); };
  api.alert_reference_allowed = [dir = settings_.state_dir](const std::string& reference) { return alert_may_name(reference, dir); };
  api.alerts_can_mail = alert_sender_->can_mail();
  api.alert_title = [](const store::ControlEventRow& event) { return alerts::notice_of(event, "", "").title; };
  api.test_alert = [this](OrgId org, const std::string& channel, const std::string& actor) { return test_alert(org, channel, actor); };
  api.metrics = [this] { return observer_->text(); };
  api.metrics_token_fits = observer_->token_fits();
  api_ = std::make_unique<api::Server>(std::move(api));
}

Daemon::~Daemon() { stop(); }

void Daemon::start() {
  observer_->start();
  pipeline_->start();
  upkeep_->start();
  anomalies_->start();
  outbox_->start();
  proxy_->start();
  api_->start();
  control_watch_ = std::thread{[this] { watch_control(); }};
}

void Daemon::build_alerts() {
  alert_sender_ = std::make_unique<alerts::Sender>(settings_.smtp, settings_.alerts_ca_file, resolve_credential);
  alerts::References references{.allowed = [dir = settings_.state_dir](const std::string& reference) { return alert_may_name(reference, dir); },
                                .resolve = resolve_credential};
  alert_writer_ = std::make_unique<alerts::Writer>(*stores_.alerts, std::move(references), alert_sender_->can_mail() ? settings_.smtp.from : "");
  outbox_ = std::make_unique<alerts::Outbox>(stores_, *alert_sender_, *alert_writer_, settings_.dashboard_url);
}

Result<api::AlertTested> Daemon::test_alert(OrgId org, const std::string& channel, const std::string& actor) const {
  const auto outcome = outbox_->test(org, channel, actor);
  if (!outcome) return outcome.error();
  return api::AlertTested{outcome->kind == alerts::Outcome::Kind::sent, outcome->status, outcome->words};
}

void Daemon::open_store() {
  auto stores = store::open_stores(settings_.database_url);
  if (stores) {
    stores_ = std::move(*stores);
    return;
  }
  const std::string why = stores.error().what;
  auto last = stores.error().code == Code::unavailable ? load_last_good(last_good_path_, settings_.database_url, unix_us()) : std::nullopt;
  auto later = store::open_stores_unmigrated(settings_.database_url);
  if (!last || !later) throw std::runtime_error("the store could not be opened: " + why);
  log::warn("starting without the store (" + why + "): keys and rules are those it last said; rows wait in the journal until it is back");
  stores_ = std::move(*later);
  store_missing_ = true;
  const auto read = [&last](OrgId org) -> Result<store::ControlStateRow> { return last->states.at(org); };
  put_in_force(last->control, read, true);
}

bool Daemon::store_is_back() {
  if (!store_missing_) return true;
  if (!store::migrate(settings_.database_url)) return false;
  log::info("the store is back");
  store_missing_ = false;
  return true;
}

void Daemon::refresh_control(bool always) {
  const std::lock_guard in_order{refresh_mutex_};
  if (!store_is_back()) return;
  auto control = stores_.control->control();
  if (!control) return;  // the last good snapshot goes on
  put_in_force(
      std::move(*control), [this](OrgId org) { return stores_.control->control_state(org); }, always);
}

void Daemon::put_in_force(store::Control control, const ControlStates::Read& read, bool always) {
  std::string print = print_of(control);
  if (!always && print == control_print_) return;
  const auto [registry, prices] = [this] {
    const std::lock_guard hold{control_mutex_};
    return std::pair{registry_, prices_};
  }();
  if (!control_states_.follow(control.versions, read, *registry)) return;  // the store went away: the next look tries again
  control_print_ = std::move(print);
  auto next = build_snapshot(++version_, registry, prices, control, control_states_, latencies_.switched());
  limiter_.prepare(*next);
  {
    const std::lock_guard hold{control_mutex_};
    snapshot_ = std::move(next);
    if (proxy_) proxy_->publish(snapshot_);
  }
  if (!store_missing_) save_last_good(last_good_path_, settings_.database_url, {std::move(control), control_states_.documents()});
}

void Daemon::watch_control() {
  for (std::int64_t looked_us = 0; watching_;) {
    beat();
    collect_alerts();
    tell_alerts();
    if (control_notices_ && !control_notices_->wait(kHeard) && mono_us() - looked_us < std::chrono::microseconds{kControlPoll}.count()) continue;
    if (!control_notices_) wait_for_change();
    if (!watching_) break;
    refresh_control(false);
    follow_budgets();
    follow_latencies();
    looked_us = mono_us();
  }
  leave();
}

void Daemon::wait_for_change() {
  std::unique_lock hold{control_mutex_};
  control_wake_.wait_for(hold, kControlPoll, [this] { return ending_; });
}

// Tells the others which versions are in force here. A store that does not take it hears the next one.
void Daemon::beat() {
  std::map<OrgId, std::int64_t> versions;
  const auto now_in_force = snapshot();  // held: somebody else may put a newer one in its place meanwhile
  for (const auto& [id, org] : now_in_force->orgs)
    if (org.control_version > 0) versions.emplace(id, org.control_version);
  const std::int64_t now_us = unix_us();
  if (!control_notices_ && versions == self_.versions && now_us - beaten_us_ < kBeatUs) return;
  self_.versions = std::move(versions);
  self_.seen_at_us = now_us;
  beaten_us_ = stores_.control->beat(self_) ? now_us : 0;
  if (beaten_us_ == 0) return;
  if (const auto rows = stores_.control->instances(now_us - kAliveUs))
    proxy_->set_instances(std::max<std::int64_t>(1, static_cast<std::int64_t>(rows->size())));
}

// Who ends says so: silence is what hangs or lost the store, and may still serve by an old version. A store that did not answer the last time is not waited
// for.
void Daemon::leave() {
  if (beaten_us_ == 0) return;
  self_.seen_at_us = 0;
  if (!stores_.control->beat(self_)) log::warn("the store did not take that this instance ends: it is listed for a minute more");
}

// Budgets go on from what the store has, after a restart and when one is new; and from time to time, for what others spent. Workers take it up,
// so that they share no lock with this thread.
void Daemon::follow_budgets() {
  const auto now = snapshot();
  if (now->version == budgets_version_ && mono_us() - budgets_us_ < kBudgetsUs) return;
  std::vector<limits::Spent> some;
  const auto tell = [&] {
    auto told = std::exchange(some, {});
    if (!proxy_) return limiter_.learn(told);
    proxy_->run_on_worker([this, told = std::move(told)] { limiter_.learn(told); });
  };
  for (limits::Spent& window : limits::open_windows(*now, unix_us())) {
    if (look_up(*stores_.events, window)) some.push_back(std::move(window));
    if (some.size() == kWindowsAtOnce) tell();
  }
  if (!some.empty()) tell();
  budgets_version_ = now->version;
  budgets_us_ = mono_us();
}

// A rule that is switched, or switched back, is a snapshot of its own.
void Daemon::follow_latencies() {
  if (store_missing_ || mono_us() - latencies_us_ < kLatenciesUs) return;
  latencies_us_ = mono_us();
  if (latencies_.look(*snapshot(), stores_, unix_us())) refresh_control(true);
}

// A worker takes them from the limiter; this thread writes them down.
void Daemon::collect_alerts() {
  if (!limiter_.has_events()) return;
  proxy_->run_on_worker([this] {
    auto fresh = limiter_.take_events();
    if (fresh.empty()) return;
    const std::lock_guard hold{alerts_mutex_};
    if (alerts_.size() < kMostAlerts) alerts_.insert(alerts_.end(), std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()));
  });
}

// Once for all instances: whoever writes it first tells it. What a store does not take now is tried again, all of it later: this thread has more to do
// than to wait for a store that is away.
void Daemon::tell_alerts() {
  std::vector<limits::BudgetEvent> alerts;
  {
    const std::lock_guard hold{alerts_mutex_};
    alerts.swap(alerts_);
  }
  auto next = alerts.begin();
  for (; next != alerts.end(); ++next) {
    const limits::BudgetEvent& e = *next;
    const auto added = stores_.control->add_control_event(control_event_of(e));
    if (!added) break;
    if (*added)
      log::warn("org " + std::to_string(e.org) + ": budget '" + e.budget + "' has reached " + std::to_string(e.percent) + " % of " +
                NanoMoney{e.of_nano}.to_text() + " USD: " + NanoMoney{e.spent_nano}.to_text() + " USD are spent");
  }
  if (next == alerts.end()) return;
  const std::lock_guard hold{alerts_mutex_};
  alerts_.insert(alerts_.begin(), std::make_move_iterator(next), std::make_move_iterator(alerts.end()));
}

void Daemon::reload(const config::Settings& fresh) {
  log::set_level(fresh.log_level);
  auto registry = config::build_registry(fresh.providers);
  if (registry && !trusts_known(*registry, settings_)) {
    log::error("reload: a CA file that was not in use before needs a restart; the old providers stay in use");
  } else if (registry) {
    const std::lock_guard hold{control_mutex_};
    registry_ = std::make_shared<const config::Registry>(std::move(*registry));
    overrides_ = fresh.providers;
  } else {
    for (const auto& problem : registry.error()) log::error("reload: " + problem.to_text() + "; the old providers stay in use");
  }
  refresh_control(true);
  try {
    proxy_->reload_certificates();
    log::info("reloaded");
  } catch (const std::runtime_error& e) { log::error(std::string{"reload: "} + e.what() + "; the old certificate stays in use"); }
}

void Daemon::stop() {
  {
    const std::lock_guard hold{control_mutex_};
    if (std::exchange(ending_, true)) return;
  }
  control_wake_.notify_all();
  watching_ = false;
  if (control_notices_) control_notices_->stop();
  if (proxy_) proxy_->drain();
  const LastResort last_resort;
  if (pipeline_) pipeline_->stop();
  if (observer_) observer_->stop();
  if (outbox_) outbox_->stop();  // before the API, one of whose calls may wait for a receiver
  if (api_) api_->stop();
  if (anomalies_) anomalies_->stop();
  if (upkeep_) upkeep_->stop();
  if (control_watch_.joinable()) control_watch_.join();
}

std::shared_ptr<const config::Snapshot> Daemon::snapshot() {
  const std::lock_guard hold{control_mutex_};
  return snapshot_;
}

std::string Daemon::proxy_address() const { return join(settings_.proxy.address.host, proxy_->port()); }
std::string Daemon::admin_url() const { return (settings_.admin.tls.certificate.empty() ? "http://" : "https://") + reachable(admin_address()); }
std::string Daemon::admin_address() const { return join(settings_.admin.address.host, api_->port()); }

// As the orgs have it now. Nothing when the store does not say: then nothing is taken away.
std::vector<store::Retention> Daemon::retention() const {
  std::vector<store::Retention> out;
  if (const auto orgs = stores_.control->orgs())
    for (const auto& org : *orgs) out.push_back({org.id, org.row_days, org.rollup_days});
  return out;
}

}  // namespace lectr::app
