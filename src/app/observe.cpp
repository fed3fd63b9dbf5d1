#include "observe.hpp"

#include <sodium.h>

#include <cstdlib>

#include "lectr/api/server.hpp"
#include "lectr/telemetry/log.hpp"
#include "snapshot_builder.hpp"
#include "version.hpp"

namespace lectr::app {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// OpenTelemetry's own variables stand in for what is not set here: a collector's operator writes them once for all programs.
// What the variable holds was checked by nobody, and may have a password in it.
std::string endpoint_of(const config::Otlp& otlp) {
  if (!otlp.endpoint.empty()) return otlp.endpoint;
  std::string endpoint = variable("OTEL_EXPORTER_OTLP_ENDPOINT");
  return config::parse_url(endpoint) ? endpoint : std::string{};
}

std::string service_of(const config::Otlp& otlp) {
  if (!otlp.service_name.empty()) return otlp.service_name;
  std::string name = variable("OTEL_SERVICE_NAME");
  return name.empty() ? "lectr" : name;
}

telemetry::Conventions conventions_of(const config::Otlp& otlp) {
  return otlp.latest_conventions ? telemetry::Conventions::latest : telemetry::Conventions::v1_41;
}

telemetry::MetricsOptions metrics_options(const config::Metrics& metrics, const config::Otlp& otlp) {
  telemetry::MetricsOptions out;
  out.orgs = metrics.orgs;
  out.genai = otlp.metrics && !endpoint_of(otlp).empty();
  out.conventions = conventions_of(otlp);
  return out;
}

}  // namespace

Observer::Observer(const config::Metrics& metrics, const config::Otlp& otlp, std::string instance_id, State state, Snapshot snapshot)
    : token_reference_{metrics.token_reference},
      state_{std::move(state)},
      snapshot_{std::move(snapshot)},
      metrics_{metrics_options(metrics, otlp)},
      tap_{[this](const Event& event) {
        metrics_.count(event);
        if (exporter_) exporter_->offer(event);
      }} {
  telemetry::ExporterOptions options;
  options.endpoint = endpoint_of(otlp);
  if (options.endpoint.empty() && !variable("OTEL_EXPORTER_OTLP_ENDPOINT").empty())
    log::warn("otlp: OTEL_EXPORTER_OTLP_ENDPOINT is no URL that can be used (http or https, a host, no user): nothing is exported");
  if (options.endpoint.empty() || !(otlp.traces || otlp.metrics)) return;
  options.service_name = service_of(otlp);
  options.version = kVersion;
  options.instance_id = std::move(instance_id);
  options.ca_file = otlp.ca_file;
  options.headers = [reference = otlp.headers_reference.empty() ? "env:OTEL_EXPORTER_OTLP_HEADERS" : otlp.headers_reference] {
    return telemetry::parse_otlp_headers(resolve_credential(reference).reveal());
  };
  options.conventions = conventions_of(otlp);
  options.traces = otlp.traces;
  options.metrics = otlp.metrics;
  options.gzip = otlp.gzip;
  options.interval = otlp.interval;
  options.server = [this](const Event& event) { return server_of(event); };
  options.state = [this] { return whole_state(); };
  exporter_ = std::make_unique<telemetry::Exporter>(std::move(options), metrics_);
  log::info("otlp: traces and metrics go to " + endpoint_of(otlp));
}

void Observer::start() {
  if (exporter_) exporter_->start();
  tap_.start();
}

void Observer::stop() {
  tap_.stop();
  if (exporter_) exporter_->stop();
}

std::string Observer::text() const { return metrics_.text(whole_state()); }

std::function<bool(std::string_view)> Observer::token_fits() const {
  if (token_reference_.empty()) return {};
  return [reference = token_reference_](std::string_view given) {
    const Secret token = resolve_credential(reference);  // each time, so that a changed file counts
    const auto ours = api::digest_of(token.reveal()), theirs = api::digest_of(given);
    return !token.empty() && sodium_memcmp(ours.data(), theirs.data(), ours.size()) == 0;
  };
}

telemetry::ProcessState Observer::whole_state() const {
  telemetry::ProcessState out = state_();
  out.version = kVersion;
  out.events_missed = tap_.missed();
  if (!exporter_) return out;
  const telemetry::ExporterCounters c = exporter_->counters();
  out.otlp_configured = true;
  out.spans_exported = c.exported;
  out.spans_dropped = c.dropped;
  out.spans_rejected = c.rejected;
  out.exports_failed = c.failures;
  return out;
}

// As an org has it, or else the registry. Unknown by now if the org or the provider went meanwhile.
std::optional<telemetry::ServerAddress> Observer::server_of(const Event& event) const {
  const auto now = snapshot_();
  const auto at = now->registry->by_name.find(event.provider);
  if (at == now->registry->by_name.end()) return {};
  const config::Provider* provider = &now->registry->providers[at->second];
  if (const auto org = now->orgs.find(event.org_id); org != now->orgs.end())
    for (std::size_t i = 0; i < org->second.own_bases.size(); ++i)
      if (org->second.own_bases[i] == at->second) provider = &org->second.own_providers[i];
  if (provider->base.host.empty()) return {};
  return telemetry::ServerAddress{provider->base.host, provider->base.port};
}

}  // namespace lectr::app
