// What a plausible company sends: its features, the models they use, how long and how well these answer. Traffic and history share it.
#pragma once

#include <cstdint>
#include <string_view>

namespace lectr::demo {

// Small and the same everywhere, which std's distributions are not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) noexcept : state_{seed} {}
  std::uint64_t bits() noexcept;
  double unit() noexcept { return static_cast<double>(bits() >> 11) * 0x1p-53; }  // [0, 1)
  bool chance(double probability) noexcept { return unit() < probability; }
  double spread(double mean) noexcept;      // positive, skewed to the right as token counts are, of about that mean
  double wait(double per_second) noexcept;  // seconds to the next arrival
 private:
  std::uint64_t state_;
};

enum class Shape : std::uint8_t { chat, responses, messages, generate, embeddings, azure_chat, groq_chat };
enum class Outcome : std::uint8_t { ok, rate_limited, overloaded, server_error, bad_request, cut, abandoned };

struct Kind {
  std::string_view feature;  // empty: untagged
  std::string_view task;     // empty: not declared
  std::string_view provider, model, answering;
  Shape shape;
  double weight, streaming;   // share of all requests; share of streams among them
  double input, output;       // mean tokens
  double cached;              // share of the input
  double reasoning;           // share of the output
  double first_ms, token_ms;  // time to the first token, and between tokens
};

struct Planned {
  const Kind* kind;
  bool streaming;
  long input, output, cached, reasoning;
  double first_ms, total_ms;
  Outcome outcome;
  double left_at;  // share of the stream that came before a cut or an abandonment
};
Planned plan_request(Dice& dice, bool azure) noexcept;

// How busy an hour of the day is against the mean; averages 1 over a day.
double day_shape(std::int64_t unix_us) noexcept;

// What the provider answers to the outcome; 200 for those that begin well.
unsigned outcome_status(const Planned& planned) noexcept;

}  // namespace lectr::demo
