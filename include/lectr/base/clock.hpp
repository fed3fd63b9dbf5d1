// The two clocks. Durations and deadlines use the monotonic one; only what is stored or shown uses wall time.
#pragma once

#include <chrono>
#include <cstdint>

namespace lectr {

inline std::int64_t mono_us() noexcept {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
inline std::int64_t unix_us() noexcept {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace lectr
