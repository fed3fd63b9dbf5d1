#include "config/fields.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "config/values.hpp"
#include "lectr/base/text.hpp"
#include "lectr/config/control.hpp"
#include "lectr/config/snapshot.hpp"

namespace lectr::config {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

std::string set_listen(Address& out, std::string_view text) {
  const auto address = parse_address(text);
  if (!address) return "not an address (write 127.0.0.1:8080, \"[::1]:8080\", or :8080 for all interfaces)";
  out = *address;
  return {};
}

std::string set_pem(std::string& out, std::string_view text) {
  out = text;
  return check_pem(out);
}

std::string duration_text(milliseconds ms) {
  if (ms >= 1h && ms % 1h == 0ms) return std::to_string(ms / 1h) + "h";
  if (ms >= 1s && ms % 1s == 0ms) return std::to_string(ms / 1s) + "s";
  return std::to_string(ms.count()) + "ms";
}

std::string set_duration(milliseconds& out, std::string_view text, milliseconds least, milliseconds most) {
  const auto duration = parse_duration(text);
  if (!duration) return "not a duration (write 5s, 500ms or 2m)";
  if (*duration < least || *duration > most) return "must be " + duration_text(least) + " to " + duration_text(most);
  out = *duration;
  return {};
}

template <class Number>
std::string set_number(Number& out, const std::optional<std::uint64_t>& value, const char* otherwise, std::uint64_t least, std::uint64_t most) {
  if (!value) return otherwise;
  if (*value < least || *value > most) return "must be " + std::to_string(least) + " to " + std::to_string(most);
  out = static_cast<Number>(*value);
  return {};
}

template <class Number>
std::string set_size(Number& out, std::string_view text, std::uint64_t least, std::uint64_t most) {
  return set_number(out, parse_size(text), "not a size (write bytes, 32KiB, 1MiB or 2GiB)", least, most);
}

template <class Number>
std::string set_count(Number& out, std::string_view text, std::uint64_t least, std::uint64_t most) {
  return set_number(out, parse_count(text), "not a whole number", least, most);
}

std::string set_database(std::string& out, std::string_view text) {
  const bool sqlite = text.starts_with("sqlite:") && text.size() > 7;
  if (!sqlite && !text.starts_with("postgres://") && !text.starts_with("postgresql://")) return "must be sqlite:PATH or postgres://...";
  out = text;
  return {};
}

std::string set_redis(std::string& out, std::string_view text) {
  if (text.starts_with("rediss://"))
    return "rediss:// (TLS) is not supported: redis:// over a private network or a tunnel on this machine, or unix://...";
  if (!text.starts_with("redis://") && !text.starts_with("unix://")) return "must be redis://... or unix://...";
  out = text;
  return {};
}

std::string set_log_level(std::string& out, std::string_view text) {
  for (const std::string_view level : {"trace", "debug", "info", "warn", "error", "critical", "off"})
    if (level == text) {
      out = text;
      return {};
    }
  return "must be trace, debug, info, warn, error, critical or off";
}

bool visible(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

std::string set_org_key(std::string& out, std::string_view text) {
  if (!text.starts_with("lc_") || text.size() < 8 || text.size() > 200 || !visible(text))
    return "must begin with lc_ and have 8 to 200 visible ASCII characters";
  out = text;
  return {};
}

std::string set_token(std::string& out, std::string_view text) {
  if (text.size() > 200 || !visible(text)) return "must have 1 to 200 visible ASCII characters";
  out = text;
  return {};
}

std::string set_text(std::string& out, std::string_view text) {
  if (text.find('\0') != text.npos) return "holds a zero byte";
  out = text;
  return {};
}

std::string set_smtp_url(std::string& out, std::string_view text) {
  constexpr const char* kForm = "must be smtp://HOST[:PORT] or smtps://HOST[:PORT]; user and password have settings of their own";
  std::string_view rest = text;
  rest.remove_prefix(rest.starts_with("smtps://") ? 8 : rest.starts_with("smtp://") ? 7 : rest.size());
  if (rest.empty() || !visible(rest) || rest.find_first_of("/@?#") != rest.npos) return kForm;
  out = text;
  return {};
}

std::string set_user(std::string& out, std::string_view text) {
  if (text.size() > 254 || !visible(text)) return "must have 1 to 254 visible ASCII characters";
  out = text;
  return {};
}

std::string set_mail_address(std::string& out, std::string_view text) {
  if (const char* reason = check_mail_address(text)) return reason;
  out = text;
  return {};
}

std::string set_reference(std::string& out, std::string_view text) {
  if (const char* reason = check_reference(text)) return reason;
  out = text;
  return {};
}

std::string set_starttls(StartTls& out, std::string_view text) {
  if (text != "auto" && text != "required" && text != "off") return "must be auto, required or off";
  out = text == "auto" ? StartTls::automatic : text == "off" ? StartTls::off : StartTls::demanded;
  return {};
}

std::string set_flag(bool& out, std::string_view text) {
  if (text != "true" && text != "false") return "must be true or false";
  out = text == "true";
  return {};
}

// One of two words.
std::string set_choice(bool& out, std::string_view text, std::string_view yes, std::string_view no) {
  if (text != yes && text != no) return std::string{"must be "}.append(yes).append(" or ").append(no);
  out = text == yes;
  return {};
}

std::string set_service_name(std::string& out, std::string_view text) {
  if (text.size() > 200 || !visible(text)) return "must have 1 to 200 visible ASCII characters";
  out = text;
  return {};
}

std::string set_url(std::string& out, std::string_view text) {
  if (const auto url = parse_url(text); !url) return url.error().what;
  out = text;
  return {};
}

constexpr std::uint64_t kKi = 1024, kMi = kKi * 1024, kGi = kMi * 1024;

using S = Settings;
using T = std::string_view;
constexpr Field kFields[] = {
    {"proxy.listen", [](S& s, T t) { return set_listen(s.proxy.address, t); }},
    {"proxy.tls.certificate", [](S& s, T t) { return set_pem(s.proxy.tls.certificate, t); }},
    {"proxy.tls.key", [](S& s, T t) { return set_pem(s.proxy.tls.key, t); }},
    {"admin.listen", [](S& s, T t) { return set_listen(s.admin.address, t); }},
    {"admin.tls.certificate", [](S& s, T t) { return set_pem(s.admin.tls.certificate, t); }},
    {"admin.tls.key", [](S& s, T t) { return set_pem(s.admin.tls.key, t); }},
    {"state_dir", [](S& s, T t) { return set_text(s.state_dir, t); }},
    {"database_url", [](S& s, T t) { return set_database(s.database_url, t); }},
    {"redis_url", [](S& s, T t) { return set_redis(s.redis_url, t); }},
    {"dashboard_url", [](S& s, T t) { return set_url(s.dashboard_url, t); }},
    {"smtp.url", [](S& s, T t) { return set_smtp_url(s.smtp.url, t); }},
    {"smtp.from", [](S& s, T t) { return set_mail_address(s.smtp.from, t); }},
    {"smtp.user", [](S& s, T t) { return set_user(s.smtp.user, t); }},
    {"smtp.password", [](S& s, T t) { return set_reference(s.smtp.password_reference, t); }},
    {"smtp.starttls", [](S& s, T t) { return set_starttls(s.smtp.starttls, t); }},
    {"alerts.ca_file", [](S& s, T t) { return set_pem(s.alerts_ca_file, t); }},
    {"metrics.token", [](S& s, T t) { return set_reference(s.metrics.token_reference, t); }},
    {"metrics.orgs", [](S& s, T t) { return set_flag(s.metrics.orgs, t); }},
    {"otlp.endpoint", [](S& s, T t) { return set_url(s.otlp.endpoint, t); }},
    {"otlp.headers", [](S& s, T t) { return set_reference(s.otlp.headers_reference, t); }},
    {"otlp.service_name", [](S& s, T t) { return set_service_name(s.otlp.service_name, t); }},
    {"otlp.ca_file", [](S& s, T t) { return set_pem(s.otlp.ca_file, t); }},
    {"otlp.conventions", [](S& s, T t) { return set_choice(s.otlp.latest_conventions, t, "latest", "v1.41"); }},
    {"otlp.traces", [](S& s, T t) { return set_flag(s.otlp.traces, t); }},
    {"otlp.metrics", [](S& s, T t) { return set_flag(s.otlp.metrics, t); }},
    {"otlp.interval", [](S& s, T t) { return set_duration(s.otlp.interval, t, 100ms, 1h); }},
    {"otlp.compression", [](S& s, T t) { return set_choice(s.otlp.gzip, t, "gzip", "none"); }},
    {"io_threads", [](S& s, T t) { return set_count(s.io_threads, t, 0, 1024); }},
    {"log_level", [](S& s, T t) { return set_log_level(s.log_level, t); }},
    {"compare_one_in", [](S& s, T t) { return set_count(s.compare_one_in, t, 0, 1'000'000); }},
    {"bounds.header_bytes", [](S& s, T t) { return set_size(s.bounds.header_bytes, t, kKi, kMi); }},
    {"bounds.header_count", [](S& s, T t) { return set_count(s.bounds.header_count, t, 10, 10'000); }},
    {"bounds.body_bytes", [](S& s, T t) { return set_size(s.bounds.body_bytes, t, kKi, 1024 * kGi); }},
    {"bounds.peek_bytes", [](S& s, T t) { return set_size(s.bounds.peek_bytes, t, 4 * kKi, 64 * kMi); }},
    {"bounds.connections", [](S& s, T t) { return set_count(s.bounds.connections, t, 1, 1'000'000); }},
    {"bounds.exchanges", [](S& s, T t) { return set_count(s.bounds.exchanges, t, 1, 1'000'000); }},
    {"bounds.idle_upstreams", [](S& s, T t) { return set_count(s.bounds.idle_upstreams, t, 0, 65'535); }},
    {"bounds.journal_mib", [](S& s, T t) { return set_count(s.bounds.journal_mib, t, 1, 1'048'576); }},
    {"deadlines.head", [](S& s, T t) { return set_duration(s.deadlines.head, t, 10ms, 1h); }},
    {"deadlines.body", [](S& s, T t) { return set_duration(s.deadlines.body, t, 10ms, 1h); }},
    {"deadlines.keep_alive", [](S& s, T t) { return set_duration(s.deadlines.keep_alive, t, 10ms, 24h); }},
    {"deadlines.connect", [](S& s, T t) { return set_duration(s.deadlines.connect, t, 10ms, 5min); }},
    {"deadlines.first_byte", [](S& s, T t) { return set_duration(s.deadlines.first_byte, t, 10ms, 24h); }},
    {"deadlines.idle", [](S& s, T t) { return set_duration(s.deadlines.idle, t, 10ms, 24h); }},
    {"deadlines.total", [](S& s, T t) { return set_duration(s.deadlines.total, t, 10ms, 168h); }},
    {"deadlines.drain", [](S& s, T t) { return set_duration(s.deadlines.drain, t, 0ms, 24h); }},
    {"deadlines.idle_upstream", [](S& s, T t) { return set_duration(s.deadlines.idle_upstream, t, 10ms, 24h); }},
    {"bootstrap_org_key", [](S& s, T t) { return set_org_key(s.bootstrap_org_key, t); }, true},
    {"bootstrap_admin_password", [](S& s, T t) { return set_text(s.bootstrap_admin_password, t); }, true},
    {"bootstrap_admin_token", [](S& s, T t) { return set_token(s.bootstrap_admin_token, t); }, true},
};

}  // namespace

std::span<const Field> fields() { return kFields; }

const Field* field_named(std::string_view key) {
  const auto found = std::find_if(std::begin(kFields), std::end(kFields), [&](const Field& f) { return f.key == key; });
  return found == std::end(kFields) ? nullptr : found;
}

std::string variable_of(std::string_view key) {
  std::string out = "LECTR_";
  for (const char c : key) out.push_back(c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c));
  return out;
}

std::string check_pem(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return path + " is a directory";
  std::ifstream file{path, std::ios::binary};
  std::string start(64 * 1024, '\0');
  if (!file.read(start.data(), static_cast<std::streamsize>(start.size())) && file.gcount() == 0) return path + " can't be read or is empty";
  start.resize(static_cast<std::size_t>(file.gcount()));
  return start.find("-----BEGIN ") == start.npos ? path + " is not PEM" : std::string{};
}

}  // namespace lectr::config
