// What the hot path knows: one immutable value, built on the cold side, swapped as a whole. Exchanges under way keep the one they pinned.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lectr/base/hash.hpp"
#include "lectr/base/ids.hpp"
#include "lectr/base/money.hpp"
#include "lectr/base/result.hpp"
#include "lectr/base/secret.hpp"
#include "lectr/config/settings.hpp"

namespace lectr::config {

// Maps keyed by text that are asked with a view, without an allocation.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return hash_text(text); }
};
template <class Value>
using TextMap = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

// How a provider wants its credential.
enum class AuthStyle : std::uint8_t {
  bearer,
  x_api_key /* Anthropic */,
  api_key /* Azure */,
  x_goog_api_key /* Gemini native; bearer on its OpenAI path */
};

struct Url {
  bool tls = true;
  std::string host;
  std::uint16_t port = 443;
  std::string path;      /* without trailing slash; may be empty */
  std::string authority; /* Host header */
};

// Parses "https://host:port/path": http or https, a name, IPv4 or [IPv6], no user, query or fragment. The reason of a refusal is a literal.
Result<Url> parse_url(std::string_view text);

// A key that only its length and characters give away. `weak`: others' keys can look the same, so it breaks ties but settles nothing alone.
enum class KeyChars : std::uint8_t { hex, lower_alnum, alnum };
struct KeyShape {
  std::string prefix;
  std::uint16_t length = 0; /* of the whole key */
  KeyChars chars = KeyChars::alnum;
  bool weak = false;
};

struct Provider {
  std::string name;         // lower case, as in X-Lectr-Provider and in rows
  Url base;                 // scheme, host, port and the path before the provider's own /v1…
  bool needs_base = false;  // Azure: without an own base URL it answers azure_config_missing
  AuthStyle auth = AuthStyle::bearer;
  std::vector<std::string> key_prefixes;  // longest match over all providers settles ties and unknown models
  std::vector<KeyShape> key_shapes;       // asked before the prefixes
  std::vector<std::string> models;        // exact names, lower case
  std::vector<std::string> model_globs;   // `*` only, lower case
  std::string own_prefix;         // path that belongs to the provider itself ("/openai" for Groq): not doubled when the client sends it already
  bool preferred = false;         // the operator listed models for it: it comes before the built-in ones
  bool serves_messages = false;   // speaks Anthropic's /v1/messages too
  std::string ca_file;            // empty: system trust
  bool usage_when_asked = false;  // chat streams tell usage only when they are asked to; others tell it anyway, or have another way
};

using ProviderIndex = std::uint16_t;

// One model pattern, indexed by its first character so that a request looks at a handful of them.
struct ModelGlob {
  std::string text;
  std::uint16_t literals = 0; /* characters that are no `*`: the more, the more specific */
  ProviderIndex provider = 0;
};

struct Registry {
  std::vector<Provider> providers;
  TextMap<ProviderIndex> by_name;
  TextMap<ProviderIndex> by_model;                              // exact, lower case; a name that several list is the first one's
  std::vector<ModelGlob> globs;                                 // sorted by first character, then as the providers are
  std::array<std::uint16_t, 129> glob_start{};                  // globs[glob_start[c] .. glob_start[c + 1]) begin with the ASCII character c
  ProviderIndex fallback = 0;                                   // openai
  std::optional<ProviderIndex> anthropic, gemini, groq, azure;  // those whose paths collide or are their own

  void index();  // rebuilds all of the above from `providers`
 private:
  void index_one(ProviderIndex at);
};
// Built-in registry with the overrides applied; problems name the provider and field. A name that is not built in becomes an
// OpenAI-compatible provider (bearer) at its base URL.
boost::system::result<Registry, Problems> build_registry(const std::vector<ProviderOverride>& overrides);

using Digest = std::array<std::uint8_t, 32>;  // SHA-256 of an org key

struct OrgKey {
  KeyId id = 0;
  OrgId org = 0;
};
struct DigestHash {
  std::size_t operator()(const Digest& d) const noexcept;
};
struct DigestEqual {
  bool operator()(const Digest& a, const Digest& b) const noexcept;
};  // constant time

// One price that holds for tokens of a kind. All in 1e-15 USD per token; -1: not known.
struct Rate {
  std::int64_t base = -1;
  std::int64_t over_threshold = -1;  // of all tokens of the kind when the request's whole input is greater than `threshold`
  std::int64_t threshold = 0;        // total input tokens; 0: flat
};
struct ModelPrice {
  Rate input, output, cached, cache_write, cache_write_1h, audio_input, audio_output, audio_cached;
  Rate reasoning;                                      // -1: as output
  Rate input_high, output_high;                        // dearest kind among tokens that usage does not tell apart (images, video); -1: none
  std::int64_t request_high = 0;                       // 1e-15 USD; a fee of up to this per request, that usage does not show (web search)
  std::int64_t valid_from_us = 0;                      // unix time
  std::uint16_t hours_from_min = 0, hours_to_min = 0;  // UTC minutes of day it holds in, [from, to); both 0: always
  std::uint8_t weekdays = 0x7F;                        // UTC, bit 0 is Monday
};
// What a service tier named in the response multiplies the price by, in thousandths. The last matching rule counts.
struct TierRule {
  std::string provider, tier, model_glob;
  std::int32_t low = 1000, value = 1000, high = 1000;
};
struct PriceTable {
  std::string version;  // e.g. "builtin-2026-11-10"
  std::int64_t dated_us = 0;
  // "provider/model" (lower case) -> price periods; the last whose validity holds counts.
  // A name that ends in `*` stands for names that go on with a snapshot or variant suffix ("gemini-2.5-pro*"), see policy/price.
  TextMap<std::vector<ModelPrice>> models;
  std::vector<TierRule> tiers;
  TextMap<std::vector<std::string>> fallbacks;  // provider -> providers whose models it resells at their price (Azure: OpenAI, ...)
};
std::shared_ptr<const PriceTable> builtin_prices();  // parsed once from the table compiled into the binary; any thread
// Reads the text form of src/config/prices.tsv. `corrupt` when a line does not read.
Result<PriceTable> parse_prices(std::string_view text);

// The org's keys that limits mean by a name: all that are in force and have it, so a rotated key and the one that replaces it together.
struct LimitKeys {
  std::uint64_t version = 0;                                       // of the snapshot that says so: the newest one counts
  std::map<std::string, std::vector<KeyId>, std::less<>> by_name;  // every name that a limit gives; no ids: no key has it yet
};

struct Control;        // control.hpp
struct CompiledRules;  // rules.hpp: the control state's rules as the hot path asks them

struct Org {
  OrgId id = 0;
  std::string name;
  bool enabled = true;
  bool exact_stream_usage = false;
  std::map<std::string, Secret> credentials;  // provider name -> resolved credential reference
  // What the org has of its own. Most have nothing: empty, and never looked into.
  std::vector<ProviderIndex> own_bases;          // providers with a base URL of the org
  std::vector<Provider> own_providers;           // beside own_bases: the registry's provider at that URL
  std::vector<ModelGlob> own_models;             // asked before the registry, the most specific first
  std::shared_ptr<const PriceTable> own_prices;  // asked before Snapshot::prices
  bool downgrades = false;                       // one of its budgets may ask for a cheaper model
  // The control state in force; null: the org has none.
  std::int64_t control_version = 0;
  std::shared_ptr<const Control> control;
  std::shared_ptr<const CompiledRules> rules;
  std::shared_ptr<const LimitKeys> limit_keys;  // null: no limit names a key
};

struct Snapshot {
  std::uint64_t version = 0;
  std::shared_ptr<const Registry> registry;
  std::shared_ptr<const PriceTable> prices;
  std::unordered_map<Digest, OrgKey, DigestHash, DigestEqual> keys;  // revoked and expired ones are not in it
  std::unordered_map<OrgId, Org> orgs;
};

}  // namespace lectr::config
