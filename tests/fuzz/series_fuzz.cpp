// Saved series come from a store that others can write to: whatever the bytes hold, loading ends, what it accepts is saved as the same bytes again, and
// judging with it stays within its arrays and shows finite numbers.
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "lectr/insight/detector.hpp"

namespace {

using namespace lectr::insight;

void check(std::string_view bytes) {
  auto series = Series::load(bytes);
  if (!series) return;
  if (series->save() != bytes) std::abort();
  std::vector<Finding> found;
  Bucket bucket;
  for (int i = 1; i < 40; ++i) {
    bucket.start_us = bucket.local_us = series->last_us() + (i == 20 ? 30 : 1) * kBucketUs;
    bucket.requests = i % 7 * 100, bucket.errors = i % 5 * 20, bucket.drifted = i % 3, bucket.cost = i * 0.1, bucket.cost2 = 0.01,
    bucket.p95_us = i % 4 * 1e6;
    bucket.excluded = i == 30;
    for (int m = 0; m < kMetrics; ++m) {
      const auto e = series->expected(static_cast<Metric>(m), bucket);
      if (e && !(std::isfinite(e->value) && std::isfinite(e->low) && std::isfinite(e->high))) std::abort();
    }
    series->judge(bucket, {}, found);
  }
  for (const Finding& f : found)
    if (!(std::isfinite(f.observed) && std::isfinite(f.baseline) && std::isfinite(f.low) && std::isfinite(f.high) && std::isfinite(f.sigma)))
      std::abort();
  if (!Series::load(series->save())) std::abort();  // what judging leaves can always be read again
}

// The checksum keeps random bytes out; with a right one the fields are reached.
std::string with_checksum(std::string bytes) {
  std::uint32_t sum = 2166136261u;
  for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619u;
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<char>(sum >> (8 * i) & 0xff));
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  check(input);
  // A good series, with the input written over a part of it: its first two bytes say where.
  static const std::string good = Series{}.save();
  std::string changed = good.substr(0, good.size() - 4);
  if (size > 2) {
    const std::size_t at = (data[0] << 8 | data[1]) % changed.size();
    const std::string_view part = input.substr(2, changed.size() - at);
    changed.replace(at, part.size(), part);
  }
  check(with_checksum(changed));
  return 0;
}
