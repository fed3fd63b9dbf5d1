#include "lectr/config/settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "config/fields.hpp"
#include "config/provider_settings.hpp"
#include "config/yaml_settings.hpp"
#include "lectr/base/text.hpp"
#include "lectr/config/snapshot.hpp"

namespace lectr::config {
namespace {

constexpr std::string_view kProviderVariable = "LECTR_PROVIDER_";

std::string default_state_dir() {
  if (geteuid() == 0) return "/var/lib/lectr";
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state == '/') return std::string{state} + "/lectr";
  if (const char* home = std::getenv("HOME"); home && *home == '/') return std::string{home} + "/.local/state/lectr";
  return "lectr-state";
}

// LECTR_PROVIDER_<NAME>_BASE_URL and _CA_FILE. False: the variable is none of these.
bool take_provider_variable(Settings& settings, const std::string& variable, const std::string& text, Problems& problems) {
  std::string_view rest = variable;
  if (!rest.starts_with(kProviderVariable)) return false;
  rest.remove_prefix(kProviderVariable.size());
  for (const auto& [suffix, field] : {std::pair<std::string_view, std::string_view>{"_BASE_URL", "base_url"}, {"_CA_FILE", "ca_file"}}) {
    if (!rest.ends_with(suffix) || rest.size() == suffix.size()) continue;
    const std::string reason = set_provider(provider_entry(settings, rest.substr(0, rest.size() - suffix.size())), field, text);
    if (!reason.empty()) problems.push_back({"environment", variable, reason});
    return true;
  }
  return false;
}

// Kubernetes gives every pod variables about the services beside it: one named lectr or lectr-admin makes LECTR_SERVICE_HOST, LECTR_PORT,
// LECTR_ADMIN_PORT_8081_TCP_ADDR and their like. They are nobody's mistake.
bool is_service_link(std::string_view variable) {
  if (variable.ends_with("_SERVICE_HOST") || variable.find("_SERVICE_PORT") != variable.npos || variable.ends_with("_PORT")) return true;
  const auto port = variable.find("_PORT_");
  if (port == variable.npos || port + 6 == variable.size()) return false;
  const std::string_view rest = variable.substr(port + 6);
  return rest.front() >= '0' && rest.front() <= '9' && (rest.find("_TCP") != rest.npos || rest.find("_UDP") != rest.npos);
}

void take_variable(Settings& settings, const std::string& variable, const std::string& text, Problems& problems) {
  if (variable == "LECTR_CONFIG" || text.empty()) return;  // empty means unset, as compose files and units leave it
  for (const Field& field : fields()) {
    if (variable_of(field.key) != variable) continue;
    const std::string reason = field.apply(settings, text);
    if (!reason.empty()) problems.push_back({"environment", variable, reason});
    return;
  }
  if (!take_provider_variable(settings, variable, text, problems) && !is_service_link(variable))
    problems.push_back({"environment", variable, "no such setting"});
}

void check_tls(const Listen& listen, const char* name, Problems& problems) {
  if (listen.tls.certificate.empty() == listen.tls.key.empty()) return;
  problems.push_back({"settings", std::string{name} + ".tls", "certificate and key must be given together"});
}

void check_smtp(const Smtp& smtp, Problems& problems) {
  if (!smtp.url.empty() && smtp.from.empty()) problems.push_back({"settings", "smtp.from", "is needed: the address that messages come from"});
  if (smtp.url.empty() && !(smtp.from.empty() && smtp.user.empty() && smtp.password_reference.empty()))
    problems.push_back({"settings", "smtp.url", "is needed: without it no e-mail leaves"});
  if (smtp.user.empty() != smtp.password_reference.empty()) problems.push_back({"settings", "smtp.user", "user and password must be given together"});
}

void check_providers(const Settings& settings, Problems& problems) {
  const auto registry = build_registry(settings.providers);
  if (registry) return;
  const Problems found = registry.error();  // error() makes a copy each time
  problems.insert(problems.end(), found.begin(), found.end());
}

}  // namespace

ProviderOverride& provider_entry(Settings& settings, std::string_view name) {
  std::string lower{name};
  std::transform(lower.begin(), lower.end(), lower.begin(), ascii_lower);
  const auto found = std::find_if(settings.providers.begin(), settings.providers.end(), [&](const ProviderOverride& p) { return p.name == lower; });
  if (found != settings.providers.end()) return *found;
  settings.providers.push_back({std::move(lower), {}, {}, {}, {}});
  return settings.providers.back();
}

std::string set_provider(ProviderOverride& provider, std::string_view field, std::string_view text) {
  if (field == "ca_file") {
    provider.ca_file = text;
    return check_pem(provider.ca_file);
  }
  const auto url = parse_url(text);
  if (!url) return url.error().what;
  provider.base_url = text;
  return {};
}

std::string Problem::to_text() const {
  std::string out = where;
  if (!field.empty()) out.append(out.empty() ? "" : ": ").append(field);
  return out.append(": ").append(reason);
}

void throw_exception_from_error(const Problems& problems, const boost::source_location&) {
  std::string all;
  for (const Problem& p : problems) all.append(all.empty() ? "" : "\n").append(p.to_text());
  throw std::logic_error(all);
}

boost::system::result<Settings, Problems> load_settings(const std::optional<std::string>& file,
                                                        const std::map<std::string, std::string>& environment) {
  Settings settings;
  Problems problems;
  if (file) read_yaml(*file, settings, problems);
  for (const auto& [variable, text] : environment) take_variable(settings, variable, text, problems);
  check_tls(settings.proxy, "proxy", problems);
  check_tls(settings.admin, "admin", problems);
  check_smtp(settings.smtp, problems);
  if (problems.empty()) check_providers(settings, problems);
  if (!problems.empty()) return problems;
  if (settings.state_dir.empty()) settings.state_dir = default_state_dir();
  return settings;
}

}  // namespace lectr::config
