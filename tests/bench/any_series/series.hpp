// Generated labelled series for `lectr detect --csv`: families of backgrounds, kinds of anomalies and lookalikes. No real data.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace lectr::bench {

// Own distributions: those of the standard library differ between implementations, and the figures in the docs should be reproducible.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_{seed} {}
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }
  double between(double low, double high) { return low + (high - low) * uniform(); }
  int whole(int low, int high) { return low + static_cast<int>(uniform() * (high - low + 1)); }
  bool chance(double p) { return uniform() < p; }
  double exponential() { return -std::log(1 - uniform()); }
  double normal() { return std::sqrt(2 * exponential()) * std::cos(2 * M_PI * uniform()); }
  // Student with 3 degrees of freedom, of unit variance or so: the usual heavy tail.
  double heavy() {
    const double z = normal(), a = normal(), b = normal(), c = normal();
    return z / std::sqrt((a * a + b * b + c * c) / 3) / 1.5;
  }
  double poisson(double mean);

 private:
  std::mt19937_64 engine_;
};

struct Background {
  std::vector<double> value;
  std::vector<double> hours;  // since the start, per record
  double low = -1e300, high = 1e300, quantum = 0;
  int day = 0;           // records in a season; 0: none
  bool regular = false;  // small noise: small changes are visible
  bool weekly = false;   // the week has a course that everybody knows: holidays are seen
};
struct Family {
  const char* name;
  bool held_out;
  std::function<Background(Dice&)> make;
};
const std::vector<Family>& families();

struct Window {
  int first, last;
};  // both inclusive
struct Series {
  std::string family;
  std::vector<double> value;
  std::vector<double> hours;
  std::vector<Window> windows;
  std::vector<std::string> kinds;  // of each window's anomaly
};
Series make_series(const Family& family, std::uint64_t seed);

}  // namespace lectr::bench
