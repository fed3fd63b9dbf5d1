#include "config/secret_look.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/control_members.hpp"

namespace lectr::config {
namespace {

constexpr std::size_t kShortestKey = 20, kLongWord = 32;

// Beside those of the registry.
constexpr std::string_view kPrefixes[] = {"sk-",         "sk_",    "pk_",   "rk_",   "gsk_",  "xai-", "lc_",  "hf_",  "pplx-", "ghp_",  "gho_",
                                          "github_pat_", "glpat-", "xoxb-", "xoxp-", "xapp-", "AKIA", "ASIA", "AIza", "AQ.",   "ya29.", "eyJ"};

bool letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool of_a_key(char c) noexcept { return letter(c) || digit(c) || c == '-' || c == '_' || c == '.' || c == '=' || c == '+'; }

// Nobody names a model or a feature so: 32 and more letters and digits in one piece that go to and fro. A UUID has hyphens after eight.
bool random_word(std::string_view word) noexcept {
  std::size_t piece = 0, longest = 0, turns = 0;
  for (std::size_t i = 0; i < word.size(); ++i) {
    piece = letter(word[i]) || digit(word[i]) ? piece + 1 : 0;
    longest = std::max(longest, piece);
    if (piece > 1 && digit(word[i]) != digit(word[i - 1])) ++turns;
  }
  return longest >= kLongWord && turns >= 3;
}

bool key_shaped(std::string_view word, const Registry& registry) noexcept {
  if (word.size() < kShortestKey || !std::all_of(word.begin(), word.end(), of_a_key) || std::none_of(word.begin(), word.end(), digit)) return false;
  const auto begins = [&](std::string_view prefix) { return prefix.size() >= 3 && word.starts_with(prefix); };
  if (std::any_of(std::begin(kPrefixes), std::end(kPrefixes), begins)) return true;
  return std::any_of(registry.providers.begin(), registry.providers.end(),
                     [&](const Provider& p) { return std::any_of(p.key_prefixes.begin(), p.key_prefixes.end(), begins); });
}

void walk(const nlohmann::json& value, const std::string& path, const Registry& registry, Problems& problems) {
  if (problems.size() >= kMaxProblems) return;
  const auto refuse = [&](const std::string& at) {
    problems.push_back({{}, at, "looks like a secret: write env:NAME or file:/path, where it can be found"});
  };
  if (value.is_string() && looks_secret(value.get_ref<const std::string&>(), registry)) refuse(path);
  if (value.is_array())
    for (std::size_t i = 0; i < value.size(); ++i) walk(value[i], path + '[' + std::to_string(i) + ']', registry, problems);
  if (!value.is_object()) return;
  for (const auto& [name, member] : value.items()) {
    if (looks_secret(name, registry)) {
      refuse(path.empty() ? "(a member's name)" : path);
      continue;
    }
    walk(member, path.empty() ? name : path + '.' + name, registry, problems);
  }
}

}  // namespace

bool looks_secret(std::string_view text, const Registry& registry) noexcept {
  if (text.starts_with("env:") || text.starts_with("file:")) return false;
  if (text.find("-----BEGIN") != text.npos || text.find("hooks.slack.com/services/") != text.npos) return true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \t/:,;\"'"), text.size());
    const std::string_view word = text.substr(0, end);
    if (key_shaped(word, registry) || random_word(word)) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

void refuse_secrets(const nlohmann::json& document, const Registry& registry, Problems& problems) { walk(document, "", registry, problems); }

}  // namespace lectr::config
