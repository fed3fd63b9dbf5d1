// Which feature could do with a cheaper model, from sums over its own requests: nobody's prompt is read. Pure; prices and latencies come in as functions.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lectr/config/advice.hpp"
#include "lectr/insight/movers.hpp"

namespace lectr::insight {

// Sums of the requests of one feature and task, answered by one model, for which one was asked.
struct Usage {
  std::string feature, task, provider, asked, model;
  std::int64_t requests = 0, errors = 0;
  std::int64_t measured = 0, cost_unknown = 0;  // rows whose tokens were measured; rows without a price, in no cost
  std::int64_t input = 0, output = 0, cached = 0, cache_write = 0, reasoning = 0;
  std::int64_t peak_tokens = 0;  // input and output of the largest request: below it no request is
  Femto cost = 0, cost_low = 0, cost_high = 0;
};

// What some usage would cost elsewhere. low < high where it can't be told exactly.
struct Repriced {
  Femto value = 0, low = 0, high = 0;
};
using PriceOf = std::function<std::optional<Repriced>(const Usage& usage, std::string_view provider, std::string_view model)>;
// The 95th percentile in microseconds as measured here; nothing: too few requests to tell.
using LatencyOf = std::function<std::optional<std::int64_t>(std::string_view provider, std::string_view model)>;

enum class Confidence : std::uint8_t { low, medium, high };
std::string_view to_text(Confidence confidence) noexcept;

struct Recommendation {
  std::string id;  // 16 hex digits, of feature, task and both models: the same for the same advice in every instance and at any time
  std::string feature, task, provider, model, to_provider, to_model;
  std::string note;  // why this candidate, from the data
  std::int64_t requests = 0;
  Femto cost = 0, saving = 0, saving_low = 0, saving_high = 0;  // in the window
  std::optional<std::int64_t> latency_us, latency_there_us;     // 95th percentiles of both models
  Confidence confidence = Confidence::low;
  std::string guessed_task;  // where none was declared; empty: nothing to go by
  std::string reason;        // of the confidence, a sentence
};

// Below this nobody should be bothered: reading it costs more than a dollar a month, and 5 % is within what another model's length of answers changes.
inline constexpr Femto kLeastSaving = Femto{1'000'000'000'000'000};
inline constexpr int kLeastSavingPercent = 5;
inline constexpr std::size_t kMostRecommendations = 200;

// What a task looks like by its token counts, where nobody said. Empty: like nothing in particular.
struct Guess {
  std::string task, why;
  Confidence confidence = Confidence::low;
};
Guess guess_task(const Usage& sums);

// By saving, largest first. Never: a declared task `reasoning`, a model sold for reasoning or with a share of reasoning tokens where no task was declared, an
// undeclared task of a feature that declares others for the same model (a rule could not tell them apart), a candidate without a price here, one whose end is
// announced, and what was joined as "(other)". Only requests that the model asked for (or a dated snapshot of it) answered are counted: those that a rule
// sends elsewhere have moved already.
std::vector<Recommendation> recommend(std::span<const Usage> usage, const config::Advice& advice, const PriceOf& price_of,
                                      const LatencyOf& latency_of);

std::string recommendation_id(std::string_view feature, std::string_view task, std::string_view provider, std::string_view model,
                              std::string_view to_provider, std::string_view to_model);

}  // namespace lectr::insight
