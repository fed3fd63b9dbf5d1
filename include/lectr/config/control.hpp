// An org's control state: how its requests are routed, limited and budgeted. One document, one version number; every change makes the next
// version. Read from JSON and checked as a whole: a wrong document names all its problems and changes nothing. Pure; any thread.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lectr/base/money.hpp"
#include "lectr/config/snapshot.hpp"

namespace lectr::config {

// More than this an org can't declare; the hot path's cost and the document's size follow from it.
inline constexpr std::size_t kMaxRules = 10'000, kMaxLimits = 200, kMaxBudgets = 200, kMaxTargets = 100, kMaxSplit = 8, kMaxFallback = 6,
                             kMaxControlName = 64, kMaxChannels = 20, kMaxAddresses = 20, kMaxOwnModels = 500, kMaxOwnPrices = 1000,
                             kMaxKeyName = 100;

// Which requests are meant. Empty: any. `*` in provider, model, feature and task stands for any characters. Model and provider are compared in lower case,
// feature and task as they are.
struct Match {
  std::string feature, task, provider, model;
  friend bool operator==(const Match&, const Match&) = default;
};

// Where to. Empty provider or model: as the client asked.
struct Destination {
  std::string provider, model;
  std::uint32_t weight = 1;  // of a split, relative to the others
  friend bool operator==(const Destination&, const Destination&) = default;
};

struct Rule {
  std::string name;  // unique; what rows and the dashboard show
  bool enabled = true;
  bool shadow = false;  // counted as if it were in force; routes nothing
  Match when;
  std::vector<Destination> split;     // one: all goes there; several: by weight; none: as asked
  std::string sticky;                 // request header whose value decides a split, so that one user stays with one model; empty: dice
  std::vector<Destination> fallback;  // tried in order where the first fails before its first byte
  std::int64_t first_byte_timeout_ms = 0, total_timeout_ms = 0;  // 0: the daemon's own
  friend bool operator==(const Rule&, const Rule&) = default;
};

enum class LimitKind : std::uint8_t { requests, tokens, streams };  // requests and tokens per minute; streams at once

struct Limit {
  std::string name;
  bool enabled = true, shadow = false;
  LimitKind kind = LimitKind::requests;
  std::int64_t limit = 0;
  // The scope. Given without `*`: requests of this value only. "*": each value has a count of its own. Nothing given: the org as a whole.
  std::string key, feature, model;  // key: the name of an org's keys, which all gateways can have, or one's id as text
  friend bool operator==(const Limit&, const Limit&) = default;
};

enum class Period : std::uint8_t { day, week, month };  // in the org's time zone; weeks begin on Monday
enum class AtCap : std::uint8_t { block, downgrade };

struct Budget {
  std::string name;
  bool enabled = true, shadow = false;
  std::string feature;  // empty: the whole org
  Period period = Period::month;
  std::optional<NanoMoney> cap;       // hard
  std::vector<int> alert_percent;     // soft, of the cap (or of `soft_cap` where there is no hard one), ascending
  std::optional<NanoMoney> soft_cap;  // amount that alerts are shares of where nothing is blocked
  AtCap at_cap = AtCap::block;
  std::map<std::string, std::string> downgrade;  // model (glob) -> cheaper model of the same provider, or "provider/model"
  int downgrade_ceiling_percent = 110;
  std::optional<NanoMoney> unknown_request_cost;  // what a request of a model without a price counts as; none: nothing, visibly
  friend bool operator==(const Budget&, const Budget&) = default;
};

struct LatencyTarget {
  std::string name;
  std::string feature;           // empty: the whole org
  std::int64_t p95_ms = 0;       // of the whole answer; 0: none
  std::int64_t ttfb_p95_ms = 0;  // to the first byte; 0: none
  std::int64_t window_min = 15;
  std::string switch_rule;  // a rule whose fallbacks come first while the target is missed; empty: none
  friend bool operator==(const LatencyTarget&, const LatencyTarget&) = default;
};

enum class ChannelType : std::uint8_t { email, webhook, slack };
enum class AlertKind : std::uint8_t { anomaly, budget, latency };
enum class Severity : std::uint8_t { low, medium, high };

// Where people are told of what happened.
struct Channel {
  std::string name;
  bool enabled = true;
  ChannelType type = ChannelType::email;
  std::vector<std::string> to;            // email: addresses
  std::string url;                        // webhook, slack: the URL, or a reference to it (a Slack URL is a secret)
  std::string secret;                     // webhook: reference to what deliveries are signed with; empty: the generated one, if there is one
  std::vector<AlertKind> kinds;           // empty: all
  Severity min_severity = Severity::low;  // of anomalies
  friend bool operator==(const Channel&, const Channel&) = default;
};

// What the org has of a provider.
struct OwnProvider {
  std::string name;        // of the registry
  std::string credential;  // reference; empty: requests bring their own
  std::string base_url;    // empty: the registry's
  friend bool operator==(const OwnProvider&, const OwnProvider&) = default;
};

// Whose model this is, before the registry says so.
struct OwnModel {
  std::string name;  // exact or glob, lower case
  std::string provider;
  friend bool operator==(const OwnModel&, const OwnModel&) = default;
};

// What the org pays, in 1e-15 USD per token; it stands before the price table.
struct PriceOverride {
  std::string provider, model; /* lower case */
  std::int64_t input = 0, output = 0;
  std::optional<std::int64_t> cached, cache_write;
  friend bool operator==(const PriceOverride&, const PriceOverride&) = default;
};

// How long rows and sums are kept, in days; 0: for ever. Until an org says otherwise rows for a quarter, sums for a year and a month, so that a
// month can be held against the same one of last year.
struct Retention {
  int row_days = 90, rollup_days = 400;
  friend bool operator==(const Retention&, const Retention&) = default;
};

// What only an admin may change: it says where requests and their credentials go, what is kept, and who may change the rest.
struct OwnSettings {
  bool document_only = false;  // the dashboard can't change the control state
  bool exact_stream_usage = false;
  int anomaly_sigma_tenths = 20;  // deviations beyond so many standard deviations are anomalies
  Retention retention;
  std::vector<OwnProvider> providers;
  std::vector<OwnModel> models;
  std::vector<PriceOverride> prices;
  friend bool operator==(const OwnSettings&, const OwnSettings&) = default;
};

struct Control {
  std::string time_zone = "UTC";  // IANA name
  std::vector<Rule> rules;        // in order of priority: the first that matches counts
  std::vector<Limit> limits;
  std::vector<Budget> budgets;
  std::vector<LatencyTarget> latency_targets;
  std::vector<Channel> alerts;
  OwnSettings own;  // its members stand beside the others in the document
  friend bool operator==(const Control&, const Control&) = default;
};

// JSON in the form of docs/control.md. Problem::where is empty, ::field is a path like "rules[2].split[0].provider". `registry` tells known providers.
boost::system::result<Control, Problems> parse_control(std::string_view json, const Registry& registry);
// The same form, members in the order of the structs, defaults left out. parse_control(write_control(c)) is c.
std::string write_control(const Control& control);
// What an org has set for itself by a document that was checked when it was written; what does not read has its default.
OwnSettings read_own_settings(std::string_view json);
// The document with these instead of what it has of its own. `json` is one that write_control wrote.
std::string with_own_settings(std::string_view json, const OwnSettings& own);
// The channels alone of a document that was checked when it was written; one that does not read is left out.
std::vector<Channel> read_channels(std::string_view json);
// Whether a channel is to be told. `severity` is that of an anomaly.
bool wants(const Channel& channel, AlertKind kind, Severity severity) noexcept;
std::optional<AlertKind> alert_kind_of(std::string_view word) noexcept;  // "anomaly", "budget", "latency"
std::optional<Severity> severity_of(std::string_view word) noexcept;     // "low", "medium", "high"
const char* to_text(ChannelType type) noexcept;
const char* to_text(AlertKind kind) noexcept;
const char* to_text(Severity severity) noexcept;

// "env:NAME" or "file:/path": where a secret lies that no document and no table shall hold.
bool is_reference(std::string_view text) noexcept;
// Why it can't be one; null: it can. Lectr's own variables can't: they hold its database's password and the like.
const char* check_reference(std::string_view text) noexcept;
// Why alerts can't be sent there; null: they can. http or https, a host, no user.
const char* check_alert_url(std::string_view text) noexcept;
const char* check_mail_address(std::string_view text) noexcept;

// The id that a limit's `key` is, where it is digits as an id is written; nothing: it is a name, or no single key.
std::optional<KeyId> key_id_of(std::string_view key) noexcept;
// The names of keys that limits give, each without ids: to be filled by who has the keys. Limits that are not enabled count, too.
std::map<std::string, std::vector<KeyId>, std::less<>> keys_named_by(const Control& control);

// What the second has that the first has not, a line each: "rule 'chat' added". Empty: they are the same.
std::vector<std::string> describe_change(const Control& before, const Control& after);

}  // namespace lectr::config
