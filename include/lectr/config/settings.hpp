// The daemon's own settings: listeners, paths, bounds, deadlines. From defaults, then a YAML file (LECTR_CONFIG), then LECTR_* environment,
// then command-line flags. Fixed for the life of the process, but for what SIGHUP reloads (certificates, log level, providers).
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lectr::config {

struct Address {
  std::string host;
  std::uint16_t port = 0;
};  // host is an IP literal
struct TlsFiles {
  std::string certificate, key;
};  // PEM paths; empty: plain

struct Listen {
  Address address;
  TlsFiles tls;
};

struct Bounds {
  std::uint32_t header_bytes = 32 * 1024;  // request line and headers; 431 beyond
  std::uint32_t header_count = 100;
  std::uint64_t body_bytes = 512ull << 20;  // 413 beyond
  std::uint32_t peek_bytes = 1u << 20;      // bodies up to here are read before a provider is chosen; longer ones are streamed
  std::uint32_t connections = 20'000;       // per process; the newest are refused beyond
  std::uint32_t exchanges = 16'000;         // in flight per process; 503 gateway_overloaded beyond
  std::uint32_t idle_upstreams = 256;       // kept open per provider and worker
  std::uint32_t journal_mib = 1024;         // on-disk journal
};

struct Deadlines {                               // all end the exchange with the code of PRODUCT.md §2
  std::chrono::milliseconds head{10'000};        // from the first byte of a request to the end of its headers
  std::chrono::milliseconds body{60'000};        // between two reads of a request body
  std::chrono::milliseconds keep_alive{75'000};  // idle client connection
  std::chrono::milliseconds connect{5'000};      // DNS, TCP and TLS to a provider
  std::chrono::milliseconds first_byte{660'000};
  std::chrono::milliseconds idle{660'000};  // between two reads of a response
  std::chrono::milliseconds total{3'600'000};
  std::chrono::milliseconds drain{30'000};          // SIGTERM: how long streams may finish
  std::chrono::milliseconds idle_upstream{55'000};  // an unused provider connection is closed after
};

// LECTR_PROVIDER_<NAME>_BASE_URL, LECTR_PROVIDER_<NAME>_CA_FILE and `providers:` of the file. Empty fields leave what is built in.
struct ProviderOverride {
  std::string name, base_url, ca_file;
  std::vector<std::string> models, key_prefixes;  // of the file only: added to the built-in ones; models may hold `*`
};

// How alerts leave by e-mail; without a URL they can't. The password is a reference, "env:NAME" or "file:/path".
enum class StartTls : std::uint8_t { automatic /* demanded, but not on this machine */, demanded, off };
struct Smtp {
  std::string url;  // smtp://HOST[:PORT] or smtps://HOST[:PORT]
  std::string from, user, password_reference;
  StartTls starttls = StartTls::automatic;
};

// Traces and metrics out, by OTLP over HTTP; without an endpoint nothing leaves.
struct Otlp {
  std::string endpoint;           // http://HOST:4318; empty: OTEL_EXPORTER_OTLP_ENDPOINT, if that is set
  std::string headers_reference;  // "env:NAME" or "file:/path": name=value,name=value
  std::string service_name, ca_file;
  bool latest_conventions = true;  // of GenAI names; else those of v1.41
  bool traces = true, metrics = true, gzip = false;
  std::chrono::milliseconds interval{60'000};
};

// /metrics of the dashboard's listener.
struct Metrics {
  std::string token_reference;  // empty: answered on this machine only
  bool orgs = false;            // a label with the org's number
};

struct Settings {
  Listen proxy{{"0.0.0.0", 8080}, {}};
  Listen admin{{"127.0.0.1", 8081}, {}};
  std::string state_dir;     // default: $XDG_STATE_HOME/lectr or ~/.local/state/lectr; /var/lib/lectr for root
  std::string database_url;  // empty: sqlite:<state_dir>/lectr.db
  std::string redis_url;     // where limits are counted for several instances; empty: for this one alone
  unsigned io_threads = 0;   // 0: one per core
  std::string log_level = "info";
  unsigned compare_one_in = 64;  // exchanges whose bodies are hashed on both sides of the gateway; 0: none
  Bounds bounds;
  Deadlines deadlines;
  std::vector<ProviderOverride> providers;
  Smtp smtp;
  Metrics metrics;
  Otlp otlp;
  std::string dashboard_url;   // where people reach the dashboard, for links in messages; empty: none
  std::string alerts_ca_file;  // PEM of authorities that receivers of alerts may have beside the system's
  std::string bootstrap_org_key, bootstrap_admin_password, bootstrap_admin_token;  // first start only
};

// Why a document or variable was refused, for a person: `where` is "file:line:column" or "environment" or "command line".
struct Problem {
  std::string where, field, reason;
  std::string to_text() const;  // "lectr.yaml:12:3: deadlines.connect: not a duration (write 5s, 500ms or 2m)"
};
using Problems = std::vector<Problem>;
[[noreturn]] void throw_exception_from_error(const Problems&, const boost::source_location&);

// `environment` holds the LECTR_* variables. An unknown key or variable is a problem, not a shrug. All problems are reported at once.
boost::system::result<Settings, Problems> load_settings(const std::optional<std::string>& file,
                                                        const std::map<std::string, std::string>& environment);

}  // namespace lectr::config
