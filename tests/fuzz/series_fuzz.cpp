// Saved series come from a table that others may have written to: whatever bytes they are, loading ends, what it takes for a series saves to the
// same bytes again, and judging with it stays within its memory and tells finite numbers.
#include <cmath>
#include <cstdlib>
#include <string>

#include "lectr/insight/detector.hpp"

namespace {

using namespace lectr::insight;

bool finite(const Finding& f) {
  return std::isfinite(f.observed) && std::isfinite(f.baseline) && std::isfinite(f.low) && std::isfinite(f.high) && std::isfinite(f.sigma) &&
         std::isfinite(f.peak_sigma);
}

void judge(Series series) {
  std::vector<Finding> out;
  for (int i = 1; i <= 40; ++i) {
    Bucket b;
    b.start_us = b.local_us = series.last_us() + (i % 13 == 0 ? 30 : 1) * kBucketUs;
    b.requests = i % 7 * 40, b.errors = b.requests / 3, b.drifted = b.requests / 5, b.cost = 0.5 * static_cast<double>(i % 5), b.cost2 = 0.01;
    b.p95_us = b.requests > 0 ? 1e5 * i : 0, b.excluded = i % 17 == 0;
    for (int m = 0; m < kMetrics; ++m)
      if (const auto e = series.expected(static_cast<Metric>(m), b);
          e && !(std::isfinite(e->value) && std::isfinite(e->low) && std::isfinite(e->high)))
        std::abort();
    series.judge(b, {}, out);
  }
  for (const Finding& f : out)
    if (!finite(f) || f.window < 1 || f.window > 12) std::abort();
  if (series.save().size() > kMaxSaved) std::abort();
}

void check(std::string_view bytes) {
  const auto series = Series::load(bytes);
  if (!series) return;
  if (series->save() != bytes) std::abort();
  judge(*series);
}

// Random bytes never have the right length and checksum, so that the fields would never be reached: the input overwrites a sound series from a place
// that it names, and the checksum is made right (FNV-1a over all before it, little endian at the end).
void patch(std::string_view input) {
  static const std::string sound = [] {
    Series s;
    std::vector<Finding> out;
    for (int i = 1; i <= 900; ++i) {
      Bucket b;
      b.start_us = b.local_us = i * kBucketUs, b.requests = 100 + i % 9, b.errors = i % 2, b.cost = 1, b.cost2 = 0.02, b.p95_us = 1e6;
      s.judge(b, {}, out);
    }
    return s.save();
  }();
  if (input.size() < 3) return;
  std::string bytes = sound;
  const std::size_t room = bytes.size() - 4;
  std::size_t at = (static_cast<unsigned char>(input[0]) * 256u + static_cast<unsigned char>(input[1])) % room;
  for (const char c : input.substr(2)) bytes[at] = c, at = (at + 1) % room;
  std::uint32_t sum = 2166136261u;
  for (std::size_t i = 0; i < room; ++i) sum = (sum ^ static_cast<unsigned char>(bytes[i])) * 16777619u;
  for (std::size_t i = 0; i < 4; ++i) bytes[room + i] = static_cast<char>(sum >> (8 * i) & 0xff);
  check(bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  check(input);
  patch(input);
  return 0;
}
