// A series as bytes: "LI", a version, the fields in order (little endian, floats as their bits), a checksum. Bytes read back are not trusted: whatever
// they hold, a loaded series has indices within their arrays and finite numbers.
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>

#include "insight/series.hpp"

namespace lectr::insight {
namespace {

constexpr std::string_view kHead{"LI\x01", 3};  // the last byte is the version: a change of the fields changes it

template <class M, class F>
void episode_fields(M& e, F&& f) {
  f(e.open), f(e.may_reopen), f(e.sign), f(e.severity), f(e.window), f(e.length), f(e.calm), f(e.idle), f(e.opened_us), f(e.last_us);
  f(e.sum_x), f(e.sum_m), f(e.sum_n), f(e.sum_cost), f(e.touched), f(e.peak_z), f(e.peak_e), f(e.told_z);
}

// In the first version's bytes a sample had five fields: unit and squares of cost were both its own.
template <class F>
void ring_fields(const Track& t, bool is_cost, F&& f) {
  for (const Sample& s : t.ring) f(s.x), f(s.m), f(s.a), f(is_cost ? t.unit : s.b), f(is_cost ? s.b : 0.0F);
}
template <class F>
void ring_fields(Track& t, bool is_cost, F&& f) {
  t.unit = 1;
  for (Sample& s : t.ring) {
    float fourth = 0, fifth = 0;
    f(s.x), f(s.m), f(s.a), f(fourth), f(fifth);
    if (is_cost && &s == &t.ring[0]) t.unit = fourth;
    s.b = is_cost ? fifth : fourth;
  }
}

template <class F>
void apart_fields(const Apart<Episode>& episode, F&& f) {
  episode_fields(episode.get(), f);
}
template <class F>
void apart_fields(Apart<Episode>& episode, F&& f) {
  Episode read;
  episode_fields(read, f);
  if (read.last_us != 0 || read.open) episode.make() = read;
}

template <class M, class F>
void track_fields(M& t, bool is_cost, F&& f) {
  ring_fields(t, is_cost, f);
  f(t.count), f(t.over), f(t.against), f(t.learned), f(t.maxima), f(t.today), f(t.usual_max), f(t.days), f(t.last_z), f(t.quarantine), f(t.fast);
  apart_fields(t.episode, f);
}

template <class M, class F>
void memory_fields(M& m, F&& f) {
  f(m.last_us), f(m.seen), f(m.silent), f(m.requests), f(m.profile), f(m.profile_seen), f(m.type_seen), f(m.level), f(m.most), f(m.most_day),
      f(m.nervous), f(m.nervous_seen);
  for (auto* rate : {&m.cost, &m.errors, &m.drift}) f(rate->value), f(rate->seen);
  f(m.unit_cost), f(m.unit_cost2), f(m.log_p95), f(m.p95_seen), f(m.hour_p95), f(m.hour_p95_seen);
  for (std::size_t i = 0; i < m.tracks.size(); ++i) track_fields(m.tracks[i], static_cast<Metric>(i) == Metric::cost, f);
}

std::uint32_t checksum(std::string_view bytes) {
  std::uint32_t sum = 2166136261u;  // FNV-1a
  for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619u;
  return sum;
}

template <class T>
auto bits_of(T v) {
  if constexpr (std::is_same_v<T, double>)
    return std::bit_cast<std::uint64_t>(v);
  else if constexpr (std::is_same_v<T, float>)
    return std::bit_cast<std::uint32_t>(v);
  else if constexpr (std::is_same_v<T, bool>)
    return static_cast<std::uint8_t>(v);
  else
    return static_cast<std::make_unsigned_t<T>>(v);
}

struct Writer {
  std::string& out;
  template <class T>
  void operator()(const T& v) const {
    const auto bits = bits_of(v);
    for (std::size_t i = 0; i < sizeof bits; ++i) out.push_back(static_cast<char>(bits >> (8 * i) & 0xff));
  }
  template <class T, std::size_t N>
  void operator()(const std::array<T, N>& all) const {
    for (const T& v : all) (*this)(v);
  }
};

struct Reader {
  std::string_view rest;
  bool good = true;
  template <class T>
  void operator()(T& v) {
    decltype(bits_of(v)) bits = 0;
    if (rest.size() < sizeof bits) good = false;
    if (!good) return;
    for (std::size_t i = 0; i < sizeof bits; ++i)
      bits = static_cast<decltype(bits)>(bits | static_cast<decltype(bits)>(static_cast<unsigned char>(rest[i])) << (8 * i));
    rest.remove_prefix(sizeof bits);
    if constexpr (std::is_floating_point_v<T>) {
      v = std::bit_cast<T>(bits);
      good = std::isfinite(v) && std::abs(v) < 1e30;
    } else {
      if constexpr (std::is_same_v<T, bool>) good = bits <= 1;
      v = static_cast<T>(bits);
    }
  }
  template <class T, std::size_t N>
  void operator()(std::array<T, N>& all) {
    for (T& v : all) (*this)(v);
  }
};

template <class All>
bool none_negative(const All& all) {
  for (const auto v : all)
    if (v < 0) return false;
  return true;
}

bool sound(const Sample& s, bool is_count) { return s.m >= 0 && s.a >= 0 && (!is_count || (s.x >= 0 && s.b >= 0)); }

bool sound(const Track& t, bool is_count) {
  for (const Sample& s : t.ring)
    if (!sound(s, is_count)) return false;
  if (!none_negative(t.against) || t.unit < 0) return false;
  const Episode& e = t.episode.get();
  return t.count <= kLongest && t.days < 2 * kDays && (e.sign == 1 || e.sign == -1) && e.severity < 3 && e.window < kWindows && e.opened_us >= 0 &&
         e.last_us >= 0;
}

bool sound(const Memory& m) {
  constexpr std::int64_t kLatest = std::int64_t{1} << 60;
  if (m.last_us < 0 || m.last_us >= kLatest || m.most_day < -1000000 || m.most_day > 1000000000 || m.unit_cost < 0 || m.unit_cost2 < 0) return false;
  for (const double level : m.level)
    if (level < 1e-3 || level > 1e6) return false;
  if (!none_negative(m.profile[0]) || !none_negative(m.profile[1]) || !none_negative(m.nervous) || m.requests < 0) return false;
  for (const Rate& rate : {m.cost, m.errors, m.drift})
    if (rate.value < 0) return false;
  for (std::size_t i = 0; i < kMetrics; ++i)
    if (!sound(m.tracks[i], static_cast<Metric>(i) != Metric::latency) || m.tracks[i].episode.get().last_us >= kLatest) return false;
  return true;
}

}  // namespace

std::string Series::save() const {
  std::string out{kHead};
  out.reserve(4096);
  memory_fields(std::as_const(state_->memory), Writer{out});
  Writer{out}(checksum(out));
  return out;
}

std::optional<Series> Series::load(std::string_view saved) {
  if (saved.size() < kHead.size() + 4 || saved.size() > kMaxSaved || !saved.starts_with(kHead)) return std::nullopt;
  std::uint32_t sum = 0;
  Reader tail{saved.substr(saved.size() - 4)};
  tail(sum);
  saved.remove_suffix(4);
  if (checksum(saved) != sum) return std::nullopt;
  Series series;
  Reader reader{saved.substr(kHead.size())};
  memory_fields(series.state_->memory, reader);
  if (!reader.good || !reader.rest.empty() || !sound(series.state_->memory)) return std::nullopt;
  return series;
}

}  // namespace lectr::insight
