// W3C Trace Context (www.w3.org/TR/trace-context, §3.2): which trace a request belongs to, as its `traceparent` says. The field itself passes to
// the provider as it came; what is read here only makes our own span a part of the caller's trace.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace lectr {

struct TraceContext {
  std::array<std::uint8_t, 16> trace_id{};
  std::array<std::uint8_t, 8> parent_id{};  // the caller's span
  std::uint8_t flags = 0;

  // No trace has an id of zeros.
  bool present() const noexcept { return trace_id != std::array<std::uint8_t, 16>{}; }
  bool sampled() const noexcept { return (flags & 1U) != 0; }
  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

// Not present() for whatever the specification says is to be ignored: upper case, a wrong length, ids of zeros, version ff. Of versions to come the
// parts that 00 has are read. Allocates nothing.
TraceContext parse_traceparent(std::string_view value) noexcept;

}  // namespace lectr
