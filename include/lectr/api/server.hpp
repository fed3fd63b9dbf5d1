// The dashboard listener: REST API under /api/v1, login, static files of the web app. Own threads; no lock in common with the proxy.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lectr/api/limits_now.hpp"
#include "lectr/api/replayed_states.hpp"
#include "lectr/config/control.hpp"
#include "lectr/config/settings.hpp"
#include "lectr/config/snapshot.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::api {

// What the API shows of the running process; called on API threads.
struct Status {
  std::uint64_t events_received = 0, events_written = 0, events_journaled = 0, events_dropped = 0, journal_backlog = 0, queue_depth = 0;
  bool degraded = false;
  std::string degraded_reason;  // empty unless degraded
  std::uint64_t connections = 0, exchanges_in_flight = 0;
  std::string version;
  struct Redis {
    bool configured = false;
    const char* state = "away";  // ok, slow, away
    std::int64_t since_us = 0;   // unix time
    std::int64_t instances = 1;  // that share limits and budgets
    // Requests since the start that limits or budgets decided; of them those that waited for Redis, and how long.
    std::uint64_t asked = 0, waited = 0;
    std::int64_t waited_us = 0, longest_us = 0;
  } redis;
};

// A provider of the registry, as far as the API tells.
struct ProviderInfo {
  std::string name, base_url;  // empty: has none
  bool from_instance = false;  // the base URL is this installation's, not the built-in one
  bool needs_base = false;     // serves nobody without one
};

// A target of the org's rules, or the credential for a provider (`model` empty, `credential`), as this instance's breaker has it.
struct BreakerNow {
  std::string provider, model;
  bool credential = false;
  const char* state = "closed";                  // closed, open, half_open
  const char* reason = "";                       // for a person; empty while closed
  std::int64_t since_us = 0, next_probe_us = 0;  // unix time; 0: not known, none
  std::uint64_t requests = 0, failures = 0;      // since this instance's start
};

// A latency target as it stands.
struct LatencyNow {
  std::string name;
  const char* state = "no_data";  // no_data, within, breached
  std::int64_t since_us = 0, requests = 0, p95_us = -1, ttfb_p95_us = -1;
};

// What a test message to a channel of alerts came to; the words are for a person.
struct AlertTested {
  bool sent = false;
  int status = 0;  // of the receiver's answer; 0: there was none
  std::string words;
};

struct ServerOptions {
  config::Listen listen;
  store::Stores* stores = nullptr;  // outlives the server
  std::function<Status()> status;
  std::function<void()> control_changed;  // after every write to the control store: a new snapshot must go out
  std::string proxy_url;                  // shown in the integration snippet
  std::function<std::vector<ProviderInfo>()> providers;
  std::function<std::shared_ptr<const config::Snapshot>()> snapshot;  // what the proxy goes by now
  std::function<std::vector<BreakerNow>(OrgId)> breakers;
  std::function<std::vector<LatencyNow>(OrgId)> latencies;
  std::function<std::optional<LimitsNow>(OrgId)> limits;  // blocks for a moment; nothing: can't be told now
  // Runs the org's rows from a time on under its control state and under this one. `keys`: all it ever had, since rows name them. Null: the org is not
  // known. Asks the store.
  std::function<std::unique_ptr<StatesReplay>(OrgId, const config::Control&, const std::vector<store::KeyRow>& keys, std::int64_t from_us)>
      replay_states;
  std::string instance_id;                                                    // this one's, among InstanceRow
  std::function<bool(const std::string& reference)> credential_allowed;       // whether an org's admin may name it; not set: any
  std::function<bool(const std::string& reference)> credential_found;         // whether there is a secret behind "env:…" or "file:…" now
  std::function<bool(const std::string& reference)> alert_reference_allowed;  // as credential_allowed, for channels of alerts
  bool alerts_can_mail = false;                                               // a mail server is set
  std::function<std::string(const store::ControlEventRow&)> alert_title;      // as messages have it
  // Sends now; blocks for up to 10 s. not_found: there is no such channel.
  std::function<Result<AlertTested>(OrgId, const std::string& channel, const std::string& actor)> test_alert;
  std::function<std::string()> metrics;                            // the text of /metrics; not set: there is none
  std::function<bool(std::string_view token)> metrics_token_fits;  // in constant time; not set: /metrics is answered on this machine only
};

class Server {
 public:
  // Binds at once; throws std::runtime_error naming address and reason when it can't.
  explicit Server(ServerOptions options);
  ~Server();
  void start(unsigned threads = 2);
  void stop();  // answers what is under way, then ends its threads
  std::uint16_t port() const noexcept;
  // After rows came into the store: live streams are told at once. Any thread, never waits.
  void rows_written() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Used by the first start and by the subcommands as well.
std::string hash_password(const std::string& password);  // argon2id, libsodium's text form
bool verify_password(const std::string& hash, const std::string& password);
std::string new_secret(const char* prefix);        // prefix + 43 characters base62 from the system's generator
store::Digest digest_of(std::string_view secret);  // SHA-256

}  // namespace lectr::api
