// What is usual: expectations of one bucket, and learning from it. Learning happens after judging, never before.
#pragma once

#include "insight/memory.hpp"
#include "insight/window.hpp"

namespace lectr::insight {

struct Hour {                        // where a bucket lies in the org's week
  int slot = 0, hour = 0, type = 0;  // type: 0 Monday to Friday, 1 weekend
};
Hour hour_of(std::int64_t local_us);

struct Outlook {
  Sample sample;
  float unit = 1;      // of x and m
  double young = 0;    // how unsure the expectation is, as a share of its variance: 1 new, 0 old
  double nervous = 1;  // variance factor of this hour
  bool known = false;  // there is an expectation
  bool spoke = false;  // the bucket has something to judge (latency: enough requests)
};
Outlook outlook(Metric metric, const Memory& memory, const Bucket& bucket);

void learn(Metric metric, Memory& memory, const Bucket& bucket, const Outlook& seen);
void learn_nervous(Memory& memory, const Bucket& bucket, const Window& one);
void learn_requests(Memory& memory, const Bucket& bucket);
// Remembers what this half hour reached today; learned in episodes too.
void note_most(Memory& memory, const Bucket& bucket);
// The episode's level becomes the usual one.
void accept_level(Metric metric, Memory& memory, const Episode& episode);
// A day type's first buckets after the other was learned: its level is sought, fast, before its shape is learned.
inline constexpr std::uint32_t kNewcomer = 24;
bool is_newcomer(const Memory& memory, int type);
// Times that the quarter hour of the bucket was learned from.
int slot_seen(const Memory& memory, const Bucket& bucket);
// A day type that was never seen starts as a copy of the other.
void meet_day_type(Memory& memory, const Bucket& bucket);

}  // namespace lectr::insight
