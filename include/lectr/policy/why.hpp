// Why a request went where it went, in at most kMaxWhy bytes of a row: what was decided, and what each target did. Written while it happens, read by
// the API. Pure.
//
//   r:chat-cheap s:other n:no_such_path t:groq/llama-3.3=503,35ms;openai/gpt-4o-mini=200,812ms
//
// Sections are a letter, a colon, a value, with spaces between them. r: the rule in force. s: the first rule in shadow that would have routed the request.
// p: the provider as asked, where the request may have gone to another. n: a word that says why the rule did nothing. t: targets in the order tried or
// passed over, with what came of each: a status, or a word (`refused`, `timeout`, `open`, `no_credential`), and how long it took. w: its fallbacks came
// first, for a latency target was missed. d: the budget for which a cheaper model was asked. l, b: the limit, the budget that refused it. L, B, D: the
// first limit or budget in shadow that would have refused it (L, B) or asked a cheaper model (D). Other letters may come.
// Space, control characters and %;=,: are percent-encoded in names; a name is cut after kWhyName bytes. A lone + at the end: there was more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lectr::policy {

inline constexpr std::size_t kWhyName = 48;

// Appends a section. What does not fit any more becomes the +.
void why_section(std::string& why, char letter, std::string_view value);
// Appends to the last section if that is of targets, else begins one. `outcome` is one of our words or a number; ms below 0: none is written.
void why_target(std::string& why, std::string_view provider, std::string_view model, std::string_view outcome, std::int64_t ms = -1);

struct WhyTarget {
  std::string provider, model, outcome;
  std::int64_t ms = -1;
  friend bool operator==(const WhyTarget&, const WhyTarget&) = default;
};
struct WhySection {
  char letter = 0;
  std::string value;
  friend bool operator==(const WhySection&, const WhySection&) = default;
};
struct Why {
  std::string rule, shadow, note, asked_provider;
  std::vector<WhyTarget> targets;
  std::vector<WhySection> others;
  bool cut = false;  // there was more than had room
};

// Empty text: an empty Why. None: the text is not of this form (another version wrote it).
std::optional<Why> read_why(std::string_view text);

}  // namespace lectr::policy
