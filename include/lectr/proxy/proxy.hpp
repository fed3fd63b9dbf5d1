// The hot side: one worker per core, each with its own listener, connections and configuration pointer. What it knows comes in as a
// snapshot, what happened goes out through the event queues; it shares nothing else with the cold side.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "lectr/config/settings.hpp"
#include "lectr/config/snapshot.hpp"
#include "lectr/events/queue.hpp"
#include "lectr/limits/limiter.hpp"
#include "lectr/proxy/target_state.hpp"

namespace lectr::proxy {

struct ProxyOptions {
  config::Settings settings;
  std::vector<events::Queue*> queues;  // one per worker; outlive the proxy
  std::shared_ptr<const config::Snapshot> snapshot;
  limits::Limiter* limiter = nullptr;  // outlives the proxy
};

struct ProxyCounters {
  std::uint64_t connections = 0;      // open now
  std::uint64_t exchanges = 0;        // in flight now
  std::uint64_t requests = 0;         // since start
  std::uint64_t unauthenticated = 0;  // refused before an org could be told; these leave no row, or anybody could fill the store
  std::uint64_t compared = 0;         // exchanges whose bodies were hashed on both sides
  std::uint64_t mismatches = 0;       // of these, what left was not what came
};

class Proxy {
 public:
  // Binds all listeners and loads certificates; throws std::runtime_error naming address or file and the reason.
  explicit Proxy(ProxyOptions options);
  ~Proxy();

  void start();
  std::uint16_t port() const noexcept;
  // Any thread of the cold side: every worker takes it up at its next turn, exchanges under way keep theirs.
  void publish(std::shared_ptr<const config::Snapshot> snapshot);
  // Any thread: a worker does this at its next turn. So the cold side can ask the limiter without a lock in common with the hot one.
  void run_on_worker(std::function<void()> work);
  // Re-reads the listener's certificate for new connections. Throws as the constructor, and then nothing has changed.
  void reload_certificates();
  // Stops accepting, lets exchanges finish within the drain deadline, cuts the rest, ends the threads. Blocks.
  void drain();
  ProxyCounters counters() const noexcept;
  // How many instances share the orgs' accounts at the providers, this one among them. Any thread.
  void set_instances(std::int64_t count) noexcept;
  // Breakers of the targets of an org's rules, as they are on this instance. Any thread; waits for nobody.
  std::vector<TargetState> targets(OrgId org) const;
  BreakerCounts breakers() const noexcept;  // of all orgs

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lectr::proxy
