// An org's routing rules as the hot path asks them: immutable, indexed, made once per version of the control state. Pure; any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lectr/config/control.hpp"

namespace lectr::config {

struct CompiledTarget {
  std::optional<ProviderIndex> provider;  // none: as detected
  std::string model;                      // empty: as the client asked
  std::uint32_t weight = 1;
};

struct CompiledRule {
  std::string name;
  bool shadow = false;
  Match when;  // provider and model in lower case; what stands for everything is empty
  std::vector<CompiledTarget> split, fallback;
  std::uint64_t total_weight = 0;  // of `split`; each weight counts as 1 at least
  std::string sticky;              // lower case
  bool switched = false;           // a latency target is missed: the fallbacks come first
  std::chrono::milliseconds first_byte_timeout{0}, total_timeout{0};
};

// What of a request is compared. Provider and model in lower case.
struct MatchQuery {
  std::string_view feature, task, provider, model;
};

struct RuleHit {
  const CompiledRule* rule = nullptr;    // in force: the first that matches; null: none
  const CompiledRule* shadow = nullptr;  // the first in shadow that matches and stands before it
};

// Rules are kept by what they compare exactly and by the beginning of their first pattern, so that a request looks only at those whose exact values
// are its own. What is left to be tried one by one: patterns that begin with a star, and those with a beginning in common.
struct CompiledRules {
  std::vector<CompiledRule> rules;  // enabled ones, in order of priority

  RuleHit find(const MatchQuery& query) const noexcept;

  // One way to look rules up: the fields compared exactly (a bit each), and the length of the beginning of one pattern.
  struct Shape {
    std::uint8_t exact = 0;
    std::uint8_t prefix_field = kNone, prefix_size = 0;
    std::uint32_t first = 0;  // lowest rule of this shape: later shapes can't win once a rule before it is found
    static constexpr std::uint8_t kNone = 4;
  };
  struct Bucket {
    std::uint64_t hash = 0;
    std::uint32_t begin = 0, end = 0;  // of `order`; an empty bucket ends where it begins
  };
  std::vector<Shape> shapes;         // by `first`
  std::vector<Bucket> buckets;       // open addressing, a power of two
  std::vector<std::uint32_t> order;  // places in `rules`, ascending within a bucket
};

// `registry` gives the providers their places; a name that is not in it can't be in a checked document, and such a target is left out.
// `switched`: names of rules whose fallbacks come first for now.
std::shared_ptr<const CompiledRules> compile_rules(const Control& control, const Registry& registry, const std::set<std::string>& switched = {});

}  // namespace lectr::config
