// What the meter looks for in each API's documents (PROVIDERS.md §1.3-1.5), and how its counts become Lectr's.
#pragma once

#include <array>
#include <cstdint>

#include "lectr/wire/endpoint.hpp"
#include "lectr/wire/meter.hpp"
#include "wire/json_paths.hpp"

namespace lectr::wire {

// Meanings of values; counts come last, each with its slot in RawUsage.
enum class Field : std::uint8_t {
  none,
  model,
  tier,
  speed,
  type,
  finish,
  blocked,
  done,
  text,
  error,
  error_code,
  error_type,
  error_status,
  error_detail,
  retry_delay,
  quota_id,
  modality,
  modality_count,
  input_details,
  output_details,
  input,
  output,
  total,
  cached,
  cache_write,
  cache_write_long,
  cache_read_part,
  cache_write_part,
  reasoning,
  reasoning_part,
  tool_input,
  citation,
  audio_input,
  audio_output,
};
inline constexpr auto kFirstCount = static_cast<std::size_t>(Field::input);
inline constexpr auto kCounts = static_cast<std::size_t>(Field::audio_output) - kFirstCount + 1;

// Counts as the provider reported them; -1: not seen. The latest value of each wins.
using RawUsage = std::array<std::int64_t, kCounts>;

const PathNode* response_paths(Api api) noexcept;
const PathNode* error_paths() noexcept;

Usage convert_usage(Api api, const RawUsage& raw) noexcept;

}  // namespace lectr::wire
