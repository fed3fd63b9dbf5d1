#include "config/channels.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/control_members.hpp"
#include "lectr/base/text.hpp"

namespace lectr::config {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxUrl = 2000, kMaxAddress = 254, kMaxLocalPart = 64;

constexpr std::pair<std::string_view, ChannelType> kTypes[] = {
    {"email", ChannelType::email}, {"webhook", ChannelType::webhook}, {"slack", ChannelType::slack}};
constexpr std::pair<std::string_view, AlertKind> kKinds[] = {
    {"anomaly", AlertKind::anomaly}, {"budget", AlertKind::budget}, {"latency", AlertKind::latency}};
constexpr std::pair<std::string_view, Severity> kSeverities[] = {{"low", Severity::low}, {"medium", Severity::medium}, {"high", Severity::high}};

template <class Enum, std::size_t N>
std::optional<Enum> value_of(std::string_view word, const std::pair<std::string_view, Enum> (&words)[N]) noexcept {
  for (const auto& [text, value] : words)
    if (text == word) return value;
  return {};
}

bool letter_or_digit(char c) noexcept { return (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || (c >= '0' && c <= '9'); }

bool host_name(std::string_view text) noexcept {
  return !text.empty() && text.front() != '.' && text.find("..") == text.npos &&
         std::all_of(text.begin(), text.end(), [](char c) { return letter_or_digit(c) || c == '.' || c == '-'; });
}

// A member that has no meaning for the channel's type is a mistake, not a decoration.
void check_address(const Channel& channel, const std::string& path, Problems& problems) {
  const auto refuse = [&](const char* field, std::string reason) { problems.push_back({{}, path + '.' + field, std::move(reason)}); };
  const bool mail = channel.type == ChannelType::email;
  if (mail && channel.to.empty()) refuse("to", "says no address");
  if (mail && !channel.url.empty()) refuse("url", "an e-mail channel has addresses, and no URL");
  if (!mail && !channel.to.empty()) refuse("to", "only an e-mail channel has addresses");
  if (!mail && channel.url.empty()) return refuse("url", "is needed");
  if (channel.url.empty()) return;
  if (const char* reason = is_reference(channel.url) ? check_reference(channel.url) : check_alert_url(channel.url)) refuse("url", reason);
}

}  // namespace

Channel channel_of(const Json& from, const std::string& path, Problems& problems) {
  Channel channel;
  Members members{from, path, problems, {"name", "enabled", "type", "to", "url", "secret", "kinds", "min_severity"}};
  members.name_of(channel.name);
  members.flag("enabled", channel.enabled);
  members.word("type", channel.type, kTypes);
  if (members.find("type") == nullptr) members.refuse("type", "is needed: email, webhook or slack");
  members.list("to", kMaxAddresses, [&](const Json& one, const std::string& at) {
    if (one.is_string()) return channel.to.push_back(one.get<std::string>());
    problems.push_back({{}, at, "a text is needed"});
  });
  members.text("url", channel.url, kMaxUrl);
  members.text("secret", channel.secret, kMaxUrl);
  members.list("kinds", std::size(kKinds), [&](const Json& one, const std::string& at) {
    const auto kind = one.is_string() ? value_of(one.get_ref<const std::string&>(), kKinds) : std::nullopt;
    if (kind) return channel.kinds.push_back(*kind);
    problems.push_back({{}, at, "must be one of anomaly, budget, latency"});
  });
  members.word("min_severity", channel.min_severity, kSeverities);
  return channel;
}

void check_channel(const Channel& channel, const std::string& path, Problems& problems) {
  check_address(channel, path, problems);
  for (std::size_t i = 0; i < channel.to.size(); ++i) {
    const std::string here = path + ".to[" + std::to_string(i) + ']';
    if (const char* reason = check_mail_address(channel.to[i])) problems.push_back({{}, here, reason});
    if (std::count(channel.to.begin(), channel.to.begin() + static_cast<std::ptrdiff_t>(i), channel.to[i]) > 0)
      problems.push_back({{}, here, "is in the list already"});
  }
  for (std::size_t i = 1; i < channel.kinds.size(); ++i)
    if (std::count(channel.kinds.begin(), channel.kinds.begin() + static_cast<std::ptrdiff_t>(i), channel.kinds[i]) > 0)
      problems.push_back({{}, path + ".kinds[" + std::to_string(i) + ']', "is in the list already"});
  if (channel.secret.empty()) return;
  if (channel.type != ChannelType::webhook) problems.push_back({{}, path + ".secret", "only webhooks are signed"});
  if (const char* reason = check_reference(channel.secret)) problems.push_back({{}, path + ".secret", reason});
}

std::vector<Channel> read_channels(std::string_view json) {
  std::vector<Channel> channels;
  const Json document = Json::parse(json, nullptr, false);
  if (!document.is_object() || !document.contains("alerts") || !document["alerts"].is_array()) return channels;
  for (const Json& one : document["alerts"]) {
    Problems problems;
    Channel channel = channel_of(one, "", problems);
    if (problems.empty()) check_channel(channel, "", problems);
    if (problems.empty() && channels.size() < kMaxChannels) channels.push_back(std::move(channel));
  }
  return channels;
}

bool wants(const Channel& channel, AlertKind kind, Severity severity) noexcept {
  if (!channel.enabled) return false;
  if (!channel.kinds.empty() && std::find(channel.kinds.begin(), channel.kinds.end(), kind) == channel.kinds.end()) return false;
  return kind != AlertKind::anomaly || severity >= channel.min_severity;
}

std::optional<AlertKind> alert_kind_of(std::string_view word) noexcept { return value_of(word, kKinds); }
std::optional<Severity> severity_of(std::string_view word) noexcept { return value_of(word, kSeverities); }
const char* to_text(ChannelType type) noexcept { return kTypes[static_cast<int>(type)].first.data(); }
const char* to_text(AlertKind kind) noexcept { return kKinds[static_cast<int>(kind)].first.data(); }
const char* to_text(Severity severity) noexcept { return kSeverities[static_cast<int>(severity)].first.data(); }

bool is_reference(std::string_view text) noexcept { return text.starts_with("env:") || text.starts_with("file:"); }

const char* check_reference(std::string_view text) noexcept {
  constexpr const char* kForm = "write env:NAME or file:/path: the secret itself is never stored";
  if (text.starts_with("file:/")) return nullptr;
  if (!text.starts_with("env:") || text.size() == 4) return kForm;
  const auto name = text.substr(4);
  if (!std::all_of(name.begin(), name.end(), [](char c) { return letter_or_digit(c) || c == '_'; }) || (name[0] >= '0' && name[0] <= '9'))
    return kForm;
  return name.starts_with("LECTR_") ? "Lectr's own variables hold no secret of an org" : nullptr;
}

const char* check_alert_url(std::string_view text) noexcept {
  if (text.size() > kMaxUrl) return "is longer than 2000 bytes";
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; })) return "holds characters that no URL has";
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!istarts_with(text, scheme)) continue;
    const auto authority = text.substr(scheme.size(), text.find_first_of("/?#", scheme.size()) - scheme.size());
    if (authority.empty() || authority.front() == ':') return "names no host";
    return authority.find('@') == authority.npos ? nullptr : "holds a user: give what is secret as env:NAME or file:/path";
  }
  return "must begin with https:// or http://, or be env:NAME or file:/path";
}

const char* check_mail_address(std::string_view text) noexcept {
  constexpr const char* kForm = "must be a mail address, like ops@example.com";
  constexpr std::string_view kSigns = "!#$%&'*+/=?^_`{|}~.-";
  const auto at = text.find('@');
  if (at == text.npos || at == 0 || at > kMaxLocalPart || text.size() > kMaxAddress) return kForm;
  const auto local = text.substr(0, at);
  const bool good = local.front() != '.' && local.back() != '.' && local.find("..") == local.npos &&
                    std::all_of(local.begin(), local.end(), [&](char c) { return letter_or_digit(c) || kSigns.find(c) != kSigns.npos; });
  return good && host_name(text.substr(at + 1)) ? nullptr : kForm;
}

}  // namespace lectr::config
