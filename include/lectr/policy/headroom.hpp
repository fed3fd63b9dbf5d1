// Whether a target's own quota at the provider has room for one more request, by what its last answers told. Pure.
//
// The provider counts for all who share its account, so every answer tells any instance what all of them have used up to then. What it can't have told
// is what has gone out since: this instance knows its own part and takes each of the others to have as much. Within a quota's window nothing is taken to
// come back before the reset that was told: a bucket that refills steadily is so used a little later than it could be, never beyond.
#pragma once

#include <cstdint>

namespace lectr::policy {

struct Headroom {
  std::int64_t remaining = 0, reset_at_us = 0;  // as told; no longer of use after the reset, and 0 if nothing was told
  std::int64_t under_way = 0;                   // what this instance sent and has no answer's head of yet
};

constexpr bool has_room(const Headroom& quota, std::int64_t need, std::int64_t instances, std::int64_t now_us) noexcept {
  return now_us >= quota.reset_at_us || quota.remaining >= (quota.under_way + need) * instances;
}

// How many answers may go by unread until the next one is: a sixteenth of what is left, as all instances use it, is not missed. `need` is what one uses.
inline constexpr std::int64_t kMostUnread = 64;
constexpr std::int64_t answers_unread(std::int64_t remaining, std::int64_t need, std::int64_t instances) noexcept {
  const std::int64_t rest = remaining / (16 * (need > 0 ? need : 1) * instances);
  return rest < kMostUnread ? rest : kMostUnread;
}

}  // namespace lectr::policy
