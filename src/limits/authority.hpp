// Who counts for several processes, seen from one org's limits. Any thread may ask; nothing here waits.
#pragma once

#include <chrono>
#include <functional>

#include "lectr/base/ids.hpp"
#include "lectr/limits/claim.hpp"

namespace lectr::limits {

class Authority {
 public:
  // slow: answers, but nobody should wait for it. away: does not answer.
  enum class State : std::uint8_t { ok, slow, away };
  // Null: no answer will be believed any more.
  using Answered = std::function<void(const Reply*)>;

  virtual ~Authority() = default;
  virtual State state() const noexcept = 0;
  virtual std::int64_t instances() const noexcept = 0;  // that share the limits
  virtual std::uint64_t incarnation() const noexcept = 0;
  // Both call back once, on a thread of the authority's.
  virtual void send(OrgId org, Call call, Answered answered) = 0;
  virtual void later(std::chrono::milliseconds wait, std::function<void()> work) = 0;
};

}  // namespace lectr::limits
