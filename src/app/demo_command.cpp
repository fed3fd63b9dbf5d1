// lectr demo: a living gateway without a provider key.
#include <algorithm>
#include <csignal>
#include <iostream>

#include "commands.hpp"
#include "daemon.hpp"
#include "lectr/app/demo.hpp"
#include "lectr/base/clock.hpp"
#include "lectr/policy/price.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::app {
namespace {

constexpr unsigned kHistoryHours = 15 * 24;  // so that a week can be compared with the one before
constexpr std::size_t kHistoryBatch = 4096;
constexpr const char* kPassword = "lectr-demo";
constexpr const char* kOrgKey = "lc_key_demo";

struct HostPort {
  std::string host;
  std::uint16_t port;
};

HostPort split(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  return {listen.substr(0, colon), static_cast<std::uint16_t>(std::stoul(listen.substr(colon + 1)))};
}

void point_at_mock(config::Settings& settings, std::uint16_t port) {
  const std::string base = "http://127.0.0.1:" + std::to_string(port);
  for (const char* name : {"openai", "anthropic", "gemini", "azure"}) settings.providers.push_back({name, base, {}, {}, {}});
  settings.providers.push_back({"groq", base + "/openai", {}, {}, {}});
}

// The rows of two weeks, at the pace that goes on, priced with today's table.
void write_history(Daemon& daemon, double rate) {
  const auto snapshot = daemon.snapshot();
  if (snapshot->orgs.empty()) return;
  demo::HistoryOptions options;
  options.org_id = snapshot->orgs.begin()->first;
  options.key_id = snapshot->keys.empty() ? 0 : snapshot->keys.begin()->second.id;
  options.end_us = unix_us();
  options.hours = kHistoryHours;
  options.events = static_cast<unsigned>(std::clamp(rate, 0.05, 1.0) * 3600 * kHistoryHours);
  std::vector<Event> batch;
  bool stored = true;
  const auto store = [&] {
    stored = stored && daemon.stores().events->append(batch);
    batch.clear();
  };
  demo::seed_history(options, [&](Event&& e) {
    policy::CostQuery query;
    query.provider = e.provider;
    query.model = e.model_actual.empty() ? e.model_requested : e.model_actual;
    query.usage.input = e.tokens_input;
    query.usage.output = e.tokens_output;
    query.usage.cached = e.tokens_cached;
    query.at_us = e.completed_at_us;
    if (e.token_source != TokenSource::none) {
      const policy::Cost cost = policy::price(*snapshot->prices, query);
      e.cost = cost.value;
      e.cost_low = cost.low;
      e.cost_high = cost.high;
      e.cost_source = cost.source;
      e.price_version = snapshot->prices->version;
    }
    batch.push_back(std::move(e));
    if (batch.size() == kHistoryBatch) store();
  });
  store();
  if (!stored) log::warn("the demo's history could not be stored");
}

}  // namespace

int demo(config::Settings settings, const DemoFlags& flags) {
  hold_signals();
  set_process_limits();
  log::start(settings.log_level);
  try {
    const auto [host, port] = split(flags.listen);
    demo::MockProviders providers{host, port, flags.threads};
    providers.start();
    if (flags.providers_only) {
      log::info("ready providers=" + host + ":" + std::to_string(providers.port()));
      while (wait_for_signal() == SIGHUP) continue;
      providers.stop();
      log::flush();
      return 0;
    }
    point_at_mock(settings, providers.port());
    settings.state_dir += "/demo";
    settings.database_url.clear();                                         // its well-known key and password must not get into a real store
    if (!flags.listen_as_told) settings.proxy.address.host = "127.0.0.1";  // the same: a well-known key is for this machine alone, unless asked for
    settings.bootstrap_admin_password = kPassword;
    settings.bootstrap_org_key = kOrgKey;
    Daemon daemon{std::move(settings)};
    if (daemon.welcome() && !flags.no_history) {
      log::info("making two weeks of traffic to look at; the demo is ready some seconds later");
      write_history(daemon, flags.rate);
    }
    daemon.start();
    std::cout << "\nThe demo runs, with made-up providers and traffic.\n  dashboard   http://" << daemon.admin_address()
              << "   user admin   password " << kPassword << "\n  proxy       http://" << daemon.proxy_address() << "   org key " << kOrgKey
              << "\n  stop it with Ctrl-C\n"
              << std::endl;
    log::info("ready proxy=" + daemon.proxy_address() + " admin=" + daemon.admin_address());
    demo::TrafficOptions traffic_options;
    traffic_options.proxy_port = split(daemon.proxy_address()).port;
    traffic_options.org_key = kOrgKey;
    traffic_options.requests_per_second = flags.rate;
    demo::Traffic traffic{traffic_options};
    if (flags.rate > 0) traffic.start();
    while (wait_for_signal() == SIGHUP) continue;
    traffic.stop();
    daemon.stop();
    providers.stop();
  } catch (const std::exception& e) {
    log::error(std::string{"can't run: "} + e.what());
    log::flush();
    return 1;
  }
  log::flush();
  return 0;
}

}  // namespace lectr::app
