// The paths that a JsonScan looks for, compiled into a small trie at build time: "usage.prompt_tokens", "choices[].delta.content".
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

namespace lectr::wire {

// What is done with a string at a path: its decoded bytes captured (bounded), or only its length counted.
enum class Take : std::uint8_t { value, text };

struct PathSpec {
  std::string_view path;
  std::uint8_t id;  // handed to the sink; not 0
  Take take = Take::value;
};

struct PathNode {
  std::string_view key{};
  std::uint8_t parent = 0, element = 0;
  std::uint8_t id = 0;
  Take take = Take::value;
  // Children are found by hash: the first node of each bucket stands at the bucket's number, further ones follow by `next`.
  std::uint8_t bucket = 0, next = 0;
  std::uint8_t buckets = 0;  // in the first node: how many there are, less one
};

inline constexpr std::uint8_t kOffTable = 0, kRoot = 1;

constexpr std::size_t key_bucket(const PathNode* nodes, std::size_t parent, std::string_view key) noexcept {
  const std::size_t first = key.empty() ? 0 : static_cast<unsigned char>(key.front());
  return (first * 3 + key.size() * 5 + parent * 7) & nodes->buckets;
}

// Keys are short: eight bytes at a time, the last ones twice, are less work than a call.
inline bool same_key(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  const auto differ = [&](std::size_t at) {
    std::uint64_t left = 0, right = 0;
    std::memcpy(&left, a.data() + at, sizeof left);
    std::memcpy(&right, b.data() + at, sizeof right);
    return left != right;
  };
  constexpr std::size_t kStep = sizeof(std::uint64_t);
  if (a.size() < kStep) return a == b;
  for (std::size_t at = 0; at + kStep < a.size(); at += kStep)
    if (differ(at)) return false;
  return !differ(a.size() - kStep);
}

constexpr std::uint8_t find_child(const PathNode* nodes, std::uint8_t at, std::string_view key) noexcept {
  std::uint8_t child = nodes[key_bucket(nodes, at, key)].bucket;
  while (child != kOffTable &&
         (nodes[child].parent != at || !(std::is_constant_evaluated() ? nodes[child].key == key : same_key(nodes[child].key, key))))
    child = nodes[child].next;
  return child;
}

template <std::size_t Capacity>
struct PathTable {
  std::array<PathNode, Capacity> nodes{};
  std::size_t used = 2;
  constexpr const PathNode* data() const noexcept { return nodes.data(); }
};

// `array_root`: the same paths hold for each element of an array at the top (Gemini's stream without SSE, wrapped errors).
template <std::size_t Capacity = 128, std::size_t N>
consteval PathTable<Capacity> compile_paths(const PathSpec (&specs)[N], bool array_root = false) {
  static_assert(Capacity <= 256 && std::has_single_bit(Capacity));
  PathTable<Capacity> table;
  auto& nodes = table.nodes;
  nodes[kOffTable].buckets = Capacity - 1;
  nodes[kRoot].parent = kRoot;
  if (array_root) nodes[kRoot].element = kRoot;
  for (const PathSpec& spec : specs) {
    std::size_t at = kRoot;
    std::string_view rest = spec.path;
    while (!rest.empty()) {
      if (rest.starts_with("[]")) {
        if (nodes[at].element == 0) {
          nodes[table.used].parent = static_cast<std::uint8_t>(at);
          nodes[at].element = static_cast<std::uint8_t>(table.used++);
        }
        at = nodes[at].element;
        rest.remove_prefix(2);
      } else {
        const std::string_view key = rest.substr(0, rest.find_first_of(".["));
        std::size_t child = find_child(nodes.data(), static_cast<std::uint8_t>(at), key);
        if (child == kOffTable) {
          child = table.used++;
          nodes[child].key = key;
          nodes[child].parent = static_cast<std::uint8_t>(at);
          PathNode& bucket = nodes[key_bucket(nodes.data(), at, key)];
          nodes[child].next = std::exchange(bucket.bucket, static_cast<std::uint8_t>(child));
        }
        at = child;
        rest.remove_prefix(key.size());
      }
      if (rest.starts_with('.')) rest.remove_prefix(1);
    }
    nodes[at].id = spec.id;
    nodes[at].take = spec.take;
  }
  return table;
}

}  // namespace lectr::wire
