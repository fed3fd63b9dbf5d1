#include "lectr/config/rules.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <tuple>

#include "lectr/base/glob.hpp"
#include "lectr/base/text.hpp"

namespace lectr::config {
namespace {

using Shape = CompiledRules::Shape;
using Fields = std::array<std::string_view, 4>;  // feature, task, provider, model
constexpr std::size_t kFields = 4;

bool is_glob(std::string_view text) noexcept { return text.find('*') != text.npos; }

Fields fields_of(const Match& m) noexcept { return {m.feature, m.task, m.provider, m.model}; }
Fields fields_of(const MatchQuery& q) noexcept { return {q.feature, q.task, q.provider, q.model}; }

// FNV-1a with a last mix: short texts, no key to keep secret (whoever writes rules writes them for an org of its own).
std::uint64_t hash_text(std::uint64_t seed, std::string_view text) noexcept {
  std::uint64_t h = seed ^ 0xcbf29ce484222325ULL;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  h ^= h >> 32;
  return h * 0x9e3779b97f4a7c15ULL;
}

using FieldHashes = std::array<std::uint64_t, kFields>;
FieldHashes hash_fields(const Fields& fields) noexcept {
  FieldHashes out{};
  for (std::size_t i = 0; i < kFields; ++i) out[i] = hash_text(i + 1, fields[i]);
  return out;
}

// Of a rule's own values or of a request's, under one shape. Never 0.
std::uint64_t hash_key(const Shape& shape, const Fields& fields, const FieldHashes& hashes) noexcept {
  std::uint64_t h = 0x51ed270b7a2f4f9dULL + shape.exact * 64u + shape.prefix_field * 8u;
  for (std::size_t i = 0; i < kFields; ++i)
    if (shape.exact & (1u << i)) h = (std::rotl(h, 17) * 0x9e3779b97f4a7c15ULL) ^ hashes[i];
  if (shape.prefix_field < kFields) h = hash_text(h + shape.prefix_size, fields[shape.prefix_field].substr(0, shape.prefix_size));
  return (h ^ (h >> 29)) | 1;
}

// Lengths of beginnings are rounded down, so that there are few shapes.
std::uint8_t rounded_length(std::size_t length) noexcept {
  std::uint8_t best = 0;
  for (const std::uint8_t step : {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48})
    if (step <= length) best = step;
  return best;
}

Shape shape_of(const Match& when) noexcept {
  Shape shape;
  const Fields fields = fields_of(when);
  for (std::uint8_t i = 0; i < kFields; ++i) {
    if (fields[i].empty()) continue;
    if (!is_glob(fields[i])) {
      shape.exact |= static_cast<std::uint8_t>(1u << i);
      continue;
    }
    const std::uint8_t length = rounded_length(fields[i].find('*'));
    if (length <= shape.prefix_size) continue;
    shape.prefix_field = i;
    shape.prefix_size = length;
  }
  return shape;
}

bool field_matches(std::string_view pattern, std::string_view value) noexcept {
  return pattern.empty() || (is_glob(pattern) ? glob_matches(pattern, value) : pattern == value);
}

bool matches(const Match& when, const Fields& q) noexcept {
  return field_matches(when.model, q[3]) && field_matches(when.feature, q[0]) && field_matches(when.provider, q[2]) && field_matches(when.task, q[1]);
}

std::string unless_any(std::string text) { return text.find_first_not_of('*') == text.npos ? std::string{} : text; }

std::vector<CompiledTarget> compile(const std::vector<Destination>& list, const Registry& registry) {
  std::vector<CompiledTarget> out;
  for (const Destination& to : list) {
    CompiledTarget target{{}, to.model, std::max<std::uint32_t>(to.weight, 1)};
    if (!to.provider.empty()) {
      const auto at = registry.by_name.find(to.provider);
      if (at == registry.by_name.end()) continue;
      target.provider = at->second;
    }
    out.push_back(std::move(target));
  }
  return out;
}

CompiledRule compile(const Rule& rule, const Registry& registry) {
  CompiledRule out;
  out.name = rule.name;
  out.shadow = rule.shadow;
  out.when = {unless_any(rule.when.feature), unless_any(rule.when.task), unless_any(lower(rule.when.provider)), unless_any(lower(rule.when.model))};
  out.split = compile(rule.split, registry);
  out.fallback = compile(rule.fallback, registry);
  for (const CompiledTarget& target : out.split) out.total_weight += target.weight;
  out.sticky = lower(rule.sticky);
  out.first_byte_timeout = std::chrono::milliseconds{rule.first_byte_timeout_ms};
  out.total_timeout = std::chrono::milliseconds{rule.total_timeout_ms};
  return out;
}

// Where a key's bucket is, or the empty place where it would be. There is always one: the table is at most half full.
std::size_t place(const std::vector<CompiledRules::Bucket>& buckets, std::uint64_t hash) noexcept {
  std::size_t at = hash & (buckets.size() - 1);
  while (buckets[at].hash != hash && buckets[at].begin != buckets[at].end) at = (at + 1) & (buckets.size() - 1);
  return at;
}

void index(CompiledRules& out) {
  std::map<std::tuple<std::uint8_t, std::uint8_t, std::uint8_t>, Shape> shapes;
  std::map<std::uint64_t, std::vector<std::uint32_t>> lists;  // different keys of one hash share a list; every rule is compared as a whole
  for (std::uint32_t i = 0; i < out.rules.size(); ++i) {
    const Match& when = out.rules[i].when;
    Shape shape = shape_of(when);
    shape.first = i;
    shapes.try_emplace({shape.exact, shape.prefix_field, shape.prefix_size}, shape);
    const Fields fields = fields_of(when);
    lists[hash_key(shape, fields, hash_fields(fields))].push_back(i);
  }
  for (const auto& [key, shape] : shapes) out.shapes.push_back(shape);
  std::sort(out.shapes.begin(), out.shapes.end(), [](const Shape& a, const Shape& b) { return a.first < b.first; });
  out.buckets.resize(std::bit_ceil(lists.size() * 2 + 2));
  for (const auto& [hash, list] : lists) {
    const auto begin = static_cast<std::uint32_t>(out.order.size());
    out.order.insert(out.order.end(), list.begin(), list.end());
    out.buckets[place(out.buckets, hash)] = {hash, begin, static_cast<std::uint32_t>(out.order.size())};
  }
}

}  // namespace

RuleHit CompiledRules::find(const MatchQuery& query) const noexcept {
  constexpr auto kNothing = static_cast<std::uint32_t>(-1);
  const Fields fields = fields_of(query);
  const FieldHashes hashes = hash_fields(fields);
  std::uint32_t rule = kNothing, shadow = kNothing;
  for (const Shape& shape : shapes) {
    if (shape.first >= rule) break;
    if (shape.prefix_field < kFields && fields[shape.prefix_field].size() < shape.prefix_size) continue;
    const Bucket& bucket = buckets[place(buckets, hash_key(shape, fields, hashes))];
    for (std::uint32_t at = bucket.begin; at != bucket.end && order[at] < rule; ++at) {
      const CompiledRule& candidate = rules[order[at]];
      if (candidate.shadow && order[at] >= shadow) continue;
      if (matches(candidate.when, fields)) (candidate.shadow ? shadow : rule) = order[at];
    }
  }
  return {rule == kNothing ? nullptr : &rules[rule], shadow < rule ? &rules[shadow] : nullptr};
}

std::shared_ptr<const CompiledRules> compile_rules(const Control& control, const Registry& registry, const std::set<std::string>& switched) {
  auto out = std::make_shared<CompiledRules>();
  for (const Rule& rule : control.rules) {
    if (!rule.enabled) continue;
    out->rules.push_back(compile(rule, registry));
    out->rules.back().switched = switched.contains(rule.name);
  }
  index(*out);
  return out;
}

}  // namespace lectr::config
