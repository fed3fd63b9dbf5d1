#include "snapshot_builder.hpp"

#include <cstdlib>
#include <fstream>

#include "lectr/base/text.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::app {

Secret resolve_credential(const std::string& reference) {
  if (reference.starts_with("env:")) {
    const char* value = std::getenv(reference.c_str() + 4);
    return Secret{value ? trim(value) : std::string_view{}};
  }
  if (reference.starts_with("file:")) {
    std::ifstream file{reference.substr(5)};
    std::string line;
    if (std::getline(file, line)) {
      while (!line.empty() && line.back() == '\r') line.pop_back();
      return Secret{trim(line)};
    }
  }
  return {};
}

namespace {

// A provider that is gone from the registry since, or an address that no longer reads, is left to the registry: a stale setting must not
// stop the others.
void add_own_providers(config::Org& org, const config::Registry& registry, const store::OrgRow& row) {
  for (const auto& [name, base_url] : row.base_urls) {
    const auto at = registry.by_name.find(name);
    const auto url = config::parse_url(base_url);
    if (at == registry.by_name.end() || !url) {
      log::warn("the base URL of org '" + row.name + "' for provider '" + name + "' can't be used");
      continue;
    }
    org.own_bases.push_back(at->second);
    org.own_providers.push_back(registry.providers[at->second]);
    org.own_providers.back().base = *url;
  }
}

std::shared_ptr<const config::PriceTable> own_prices(const store::OrgRow& row) {
  if (row.prices.empty()) return {};
  auto table = std::make_shared<config::PriceTable>();
  table->version = "org";
  for (const store::PriceOverride& p : row.prices) {
    config::ModelPrice price;
    price.input.base = p.input;
    price.output.base = p.output;
    price.cached.base = p.cached.value_or(-1);
    price.cache_write.base = p.cache_write.value_or(-1);
    table->models.emplace(p.provider + '/' + p.model, std::vector{price});
  }
  return table;
}

}  // namespace

bool org_may_name(std::string_view reference, std::string_view state_dir) {
  if (reference.starts_with("env:")) return reference.ends_with("_API_KEY") && !reference.starts_with("env:LECTR_");
  if (!reference.starts_with("file:")) return false;
  reference.remove_prefix(5);
  const std::size_t slash = reference.rfind('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view folder = reference.substr(0, slash), name = reference.substr(slash + 1);
  const bool ours = folder.size() == state_dir.size() + 8 && folder.starts_with(state_dir) && folder.ends_with("/secrets");
  return !name.empty() && name.front() != '.' && (folder == "/run/secrets" || ours);
}

bool alert_may_name(std::string_view reference, std::string_view state_dir) {
  const bool of_alerts = reference.ends_with("_WEBHOOK_URL") || reference.ends_with("_WEBHOOK_SECRET");
  if (of_alerts && reference.starts_with("env:")) return !reference.starts_with("env:LECTR_");
  return org_may_name(reference, state_dir);
}

std::shared_ptr<const config::LimitKeys> limit_keys(const config::Control& control, std::uint64_t version, const std::vector<store::KeyRow>& keys,
                                                    OrgId org) {
  auto out = std::make_shared<config::LimitKeys>(config::LimitKeys{version, config::keys_named_by(control)});
  if (out->by_name.empty()) return nullptr;
  for (const store::KeyRow& key : keys) {
    if (key.org != org) continue;
    if (const auto named = out->by_name.find(key.name); named != out->by_name.end()) named->second.push_back(key.id);
  }
  return out;
}

std::shared_ptr<const config::Snapshot> build_snapshot(std::uint64_t version, std::shared_ptr<const config::Registry> registry,
                                                       std::shared_ptr<const config::PriceTable> prices, const store::Control& control,
                                                       const ControlStates& states, const SwitchedRules& switched) {
  auto snapshot = std::make_shared<config::Snapshot>();
  snapshot->version = version;
  snapshot->registry = std::move(registry);
  snapshot->prices = std::move(prices);
  for (const store::OrgRow& row : control.orgs) {
    config::Org org{.id = row.id, .name = row.name, .enabled = row.enabled, .exact_stream_usage = row.exact_stream_usage, .credentials = {}};
    for (const auto& [provider, reference] : row.credential_refs) {
      Secret secret = resolve_credential(reference);
      if (secret.empty())
        log::warn("credential reference of org '" + row.name + "' for provider '" + provider + "' leads nowhere: " + reference);
      else
        org.credentials.emplace(provider, std::move(secret));
    }
    add_own_providers(org, *snapshot->registry, row);
    org.own_prices = own_prices(row);
    const auto rules = switched.find(row.id);
    states.put_into(org, rules == switched.end() ? std::set<std::string>{} : rules->second);
    if (org.control) org.limit_keys = limit_keys(*org.control, version, control.keys, row.id);
    snapshot->orgs.emplace(row.id, std::move(org));
  }
  for (const store::KeyRow& key : control.keys) snapshot->keys.emplace(key.digest, config::OrgKey{key.id, key.org});
  return snapshot;
}

}  // namespace lectr::app
