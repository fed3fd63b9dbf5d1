#include "app/demo/catalogue.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace lectr::demo {
namespace {

constexpr Kind kKinds[] = {
    // feature, task, provider, model, answering, shape, weight, streaming, input, output, cached, reasoning, first_ms, token_ms
    {"chat", "generation", "openai", "gpt-5-mini", "gpt-5-mini-2025-08-07", Shape::chat, 18, 0.95, 1100, 240, 0.45, 0.15, 420, 9},
    {"chat", "generation", "anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", Shape::messages, 9, 0.95, 1500, 310, 0.5, 0, 780, 14},
    {"search", "extraction", "openai", "text-embedding-3-small", "text-embedding-3-small", Shape::embeddings, 14, 0, 180, 0, 0, 0, 65, 0},
    {"search", "extraction", "gemini", "gemini-2.5-flash", "gemini-2.5-flash", Shape::generate, 8, 0.1, 900, 90, 0.2, 0, 330, 5},
    {"summarise", "summarisation", "gemini", "gemini-2.5-flash", "gemini-2.5-flash", Shape::generate, 9, 0.3, 3800, 260, 0, 0, 520, 5},
    {"summarise", "summarisation", "groq", "llama-3.3-70b-versatile", "llama-3.3-70b-versatile", Shape::groq_chat, 6, 0.3, 2900, 230, 0, 0, 160, 3},
    {"support-bot", "generation", "anthropic", "claude-haiku-4-5", "claude-haiku-4-5-20251001", Shape::messages, 11, 0.9, 1300, 170, 0.6, 0, 380, 7},
    {"support-bot", "classification", "groq", "llama-3.1-8b-instant", "llama-3.1-8b-instant", Shape::groq_chat, 8, 0, 420, 12, 0, 0, 90, 2},
    {"code-review", "reasoning", "openai", "gpt-5", "gpt-5-2025-08-07", Shape::responses, 4, 0.8, 5200, 900, 0.3, 0.6, 1900, 16},
    {"code-review", "reasoning", "anthropic", "claude-opus-4-5", "claude-opus-4-5-20251101", Shape::messages, 2, 0.9, 6100, 750, 0.4, 0, 1600, 21},
    {"invoice-reader", "extraction", "azure", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", Shape::azure_chat, 6, 0, 1900, 130, 0, 0, 560, 8},
    {"", "", "openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", Shape::chat, 6, 0.4, 600, 150, 0, 0, 450, 9},
    {"", "", "gemini", "gemini-2.5-pro", "gemini-2.5-pro", Shape::generate, 2, 0.5, 2400, 420, 0, 0.3, 1300, 12},
};

const Kind& choose(Dice& dice, bool azure) noexcept {
  double total = 0;
  for (const Kind& kind : kKinds)
    if (azure || kind.shape != Shape::azure_chat) total += kind.weight;
  double at = dice.unit() * total;
  for (const Kind& kind : kKinds) {
    if (!azure && kind.shape == Shape::azure_chat) continue;
    if ((at -= kind.weight) < 0) return kind;
  }
  return kKinds[0];
}

// About two percent end badly, as in most places on a good day.
Outcome choose_outcome(Dice& dice, bool streaming) noexcept {
  const double at = dice.unit();
  if (at < 0.006) return Outcome::rate_limited;
  if (at < 0.010) return Outcome::overloaded;
  if (at < 0.014) return Outcome::server_error;
  if (at < 0.018) return Outcome::bad_request;
  if (streaming && at < 0.021) return Outcome::cut;
  if (streaming && at < 0.040) return Outcome::abandoned;
  return Outcome::ok;
}

}  // namespace

std::uint64_t Dice::bits() noexcept {  // splitmix64
  std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

double Dice::spread(double mean) noexcept {
  const double normal = std::sqrt(-2 * std::log(1 - unit())) * std::cos(2 * std::numbers::pi * unit());
  return mean * std::exp(0.45 * normal - 0.10125);  // log-normal; the shift keeps the mean
}

double Dice::wait(double per_second) noexcept { return -std::log(1 - unit()) / std::max(per_second, 1e-6); }

Planned plan_request(Dice& dice, bool azure) noexcept {
  const Kind& kind = choose(dice, azure);
  Planned p{};
  p.kind = &kind;
  p.streaming = dice.chance(kind.streaming);
  p.input = std::max(1L, std::lround(dice.spread(kind.input)));
  p.output = kind.output > 0 ? std::max(1L, std::lround(dice.spread(kind.output))) : 0;
  p.cached = kind.cached > 0 && dice.chance(0.7) ? std::lround(static_cast<double>(p.input) * kind.cached) / 128 * 128 : 0;
  p.reasoning = std::lround(static_cast<double>(p.output) * kind.reasoning);
  p.outcome = choose_outcome(dice, p.streaming);
  p.first_ms = dice.spread(kind.first_ms);
  p.left_at = 0.1 + 0.7 * dice.unit();
  const bool begins = outcome_status(p) == 200;
  if (!begins) p.first_ms *= 0.3;
  const double share = p.outcome == Outcome::cut || p.outcome == Outcome::abandoned ? p.left_at : 1;
  p.total_ms = p.first_ms + (begins ? static_cast<double>(p.output) * kind.token_ms * share : 0);
  return p;
}

double day_shape(std::int64_t unix_us) noexcept {
  const double hour = static_cast<double>(unix_us / 1'000'000 % 86'400) / 3600;
  const double day = std::cos((hour - 14) / 24 * 2 * std::numbers::pi);  // busiest at 14:00
  const double lunch = std::exp(-(hour - 12) * (hour - 12) / 0.5);
  return (1 + 0.68 * day - 0.15 * lunch) / (1 - 0.0078);  // the dip's area, so that a day averages 1
}

unsigned outcome_status(const Planned& planned) noexcept {
  switch (planned.outcome) {
    case Outcome::rate_limited: return 429;
    case Outcome::overloaded: return planned.kind->shape == Shape::messages ? 529 : 503;
    case Outcome::server_error: return 500;
    case Outcome::bad_request: return 400;
    case Outcome::ok:
    case Outcome::cut:
    case Outcome::abandoned: break;
  }
  return 200;
}

}  // namespace lectr::demo
