// What the hot path knows: one immutable value, built on the cold side, swapped as a whole. Exchanges under way keep the one they pinned.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lectr/base/ids.hpp"
#include "lectr/base/money.hpp"
#include "lectr/base/secret.hpp"
#include "lectr/config/settings.hpp"

namespace lectr::config {

// How a provider wants its credential.
enum class AuthStyle : std::uint8_t { bearer, x_api_key /* Anthropic */, api_key /* Azure */, x_goog_api_key /* Gemini native; bearer on its OpenAI path */ };

struct Url { bool tls = true; std::string host; std::uint16_t port = 443; std::string path; /* without trailing slash; may be empty */ std::string authority; /* Host header */ };

struct Provider {
  std::string name;                      // lower case, as in X-Lectr-Provider and in rows
  Url base;                              // scheme, host, port and the path before the provider's own /v1…
  bool needs_base = false;               // Azure: without an own base URL it answers azure_config_missing
  AuthStyle auth = AuthStyle::bearer;
  std::vector<std::string> key_prefixes; // longest match over all providers settles ties and unknown models
  std::vector<std::string> models;       // exact names
  std::vector<std::string> model_globs;  // `*` only, lower case
  std::string own_prefix;                // path that belongs to the provider itself ("/openai" for Groq): not doubled when the client sends it already
  std::string ca_file;                   // empty: system trust
  bool reasoning_outside = false;        // completion_tokens does not hold reasoning_tokens (xAI, Perplexity)
};

using ProviderIndex = std::uint16_t;

struct Registry {
  std::vector<Provider> providers;
  std::unordered_map<std::string, ProviderIndex> by_name;
  std::unordered_map<std::string, ProviderIndex> by_model;  // exact, lower case
  ProviderIndex fallback = 0;                               // openai
};
// Built-in registry with the overrides applied; problems name the provider and field.
boost::system::result<Registry, Problems> build_registry(const std::vector<ProviderOverride>& overrides);

struct Org {
  OrgId id = 0;
  std::string name;
  bool enabled = true;
  bool exact_stream_usage = false;
  std::map<std::string, Secret> credentials;  // provider name -> resolved credential reference
};

using Digest = std::array<std::uint8_t, 32>;  // SHA-256 of an org key

struct OrgKey { KeyId id = 0; OrgId org = 0; };
struct DigestHash { std::size_t operator()(const Digest& d) const noexcept; };

// One price that holds for tokens of a kind. All in 1e-15 USD per token; -1: not known.
struct Rate { std::int64_t base = -1; std::int64_t over_threshold = -1; std::int64_t threshold = 0; /* total input tokens; 0: flat */ };
struct ModelPrice {
  Rate input, output, cached, cache_write, cache_write_1h, audio_input, audio_output;
  std::int64_t valid_from_us = 0;        // unix time
  std::uint16_t hours_from_min = 0, hours_to_min = 0;  // UTC minutes of day it holds in; both 0: always
};
struct PriceTable {
  std::string version;                   // e.g. "builtin-2026-11-10"
  std::int64_t dated_us = 0;
  // "provider/model" (lower case) -> price periods; the last whose validity holds counts.
  std::unordered_map<std::string, std::vector<ModelPrice>> models;
};
std::shared_ptr<const PriceTable> builtin_prices();  // parsed once from the table compiled into the binary

struct Snapshot {
  std::uint64_t version = 0;
  std::shared_ptr<const Registry> registry;
  std::shared_ptr<const PriceTable> prices;
  std::unordered_map<Digest, OrgKey, DigestHash> keys;  // revoked and expired ones are not in it
  std::unordered_map<OrgId, Org> orgs;
};

}  // namespace lectr::config
