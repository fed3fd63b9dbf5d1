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

std::shared_ptr<const config::Snapshot> build_snapshot(std::uint64_t version, std::shared_ptr<const config::Registry> registry,
                                                       std::shared_ptr<const config::PriceTable> prices, const store::Control& control) {
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
    snapshot->orgs.emplace(row.id, std::move(org));
  }
  for (const store::KeyRow& key : control.keys) snapshot->keys.emplace(key.digest, config::OrgKey{key.id, key.org});
  return snapshot;
}

}  // namespace lectr::app
