// Tokens from text lengths where a provider reports none: the uncalibrated priors of PROVIDERS.md §5.
#include <algorithm>
#include <cmath>

#include "lectr/wire/meter.hpp"

namespace lectr::wire {
namespace {

struct Vocabulary {
  double factor = 1.0;    // tokens against those of o200k_base
  double widening = 0.0;  // added to both ends of the band
  bool hidden_reasoning = false;
};

bool contains(std::string_view text, std::string_view part) noexcept { return text.find(part) != text.npos; }

// Version numbers in a Claude name: the first one or two of at most two digits ("claude-opus-4-7", "claude-3-5-sonnet-20241022"), times 10.
// Names without one are aliases of the newest.
int claude_version(std::string_view name) noexcept {
  int parts[2] = {-1, 0};
  int found = 0;
  for (std::size_t i = 0; i < name.size() && found < 2;) {
    const std::size_t end = std::min(name.find_first_of("-.@:", i), name.size());
    const std::string_view token = name.substr(i, end - i);
    const bool number = !token.empty() && token.size() <= 2 && std::all_of(token.begin(), token.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (number) {
      int value = 0;
      for (const char c : token) value = value * 10 + (c - '0');
      parts[found++] = value;
    } else if (found > 0) {
      break;
    }
    i = end + 1;
  }
  return parts[0] < 0 ? 1000 : parts[0] * 10 + std::min(parts[1], 9);
}

// GPT versions from 5 on think, except the chat variants; so do the o series and its relatives.
bool openai_reasons(std::string_view name) noexcept {
  if (name.starts_with("gpt-")) return name.size() > 4 && name[4] >= '5' && name[4] <= '9' && !contains(name, "-chat");
  return (name.size() > 1 && name[0] == 'o' && name[1] >= '1' && name[1] <= '9') || name.starts_with("codex-") || name == "chat-latest";
}

bool gemini_reasons(std::string_view name) noexcept {
  if (!name.starts_with("gemini-")) return false;
  const std::string_view version = name.substr(7);
  return !(version.starts_with("1") || version.starts_with("2.0"));
}

Vocabulary vocabulary_of(std::string_view model) noexcept {
  if (const std::size_t at = model.find("claude-"); at != model.npos) {
    const std::string_view name = model.substr(at + 7);
    const int version = claude_version(name);
    const bool old = name.starts_with("instant") || version <= 46;
    return {old ? 1.1 : 1.45, 0.10, version >= 50 && !name.starts_with("instant")};
  }
  if (const std::size_t slash = model.rfind('/'); slash != model.npos) model.remove_prefix(slash + 1);
  const bool grok = model.starts_with("grok-4") && !contains(model, "non-reasoning");
  return {1.0, 0.0, openai_reasons(model) || gemini_reasons(model) || grok};
}

}  // namespace

TokenEstimate estimate_tokens(const Measured& m, std::string_view model) noexcept {
  const auto bytes = static_cast<double>(m.total());
  const Vocabulary vocabulary = vocabulary_of(model);
  // Latin text, code and JSON below, other scripts above; between them the band widens steadily.
  static constexpr double kLatin = 0.15, kOther = 0.5;
  const double share = bytes > 0 ? 1.0 - static_cast<double>(m.bytes[0]) / bytes : 0.0;
  const double other = std::clamp((share - kLatin) / (kOther - kLatin), 0.0, 1.0);
  const double below = 0.20 + 0.35 * other + vocabulary.widening, above = 0.35 + 0.20 * other + vocabulary.widening;
  const double centre = bytes / 4 * vocabulary.factor;
  TokenEstimate estimate;
  estimate.value = static_cast<std::int64_t>(std::llround(centre));
  estimate.low = static_cast<std::int64_t>(std::llround(centre * (1 - below)));
  estimate.high = vocabulary.hidden_reasoning ? -1 : static_cast<std::int64_t>(std::llround(centre * (1 + above)));
  return estimate;
}

}  // namespace lectr::wire
