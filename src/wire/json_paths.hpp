// The paths that a JsonScan looks for, compiled into a small trie at build time: "usage.prompt_tokens", "choices[].delta.content".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

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
  std::uint64_t child_mask = 0;  // one bit per child, by key_bit(): most keys of a document are dismissed by it
  std::uint8_t parent = 0, element = 0, child = 0, sibling = 0;
  std::uint8_t id = 0;
  Take take = Take::value;
};

inline constexpr std::uint8_t kOffTable = 0, kRoot = 1;

constexpr std::uint64_t key_bit(std::string_view key) noexcept {
  const std::size_t first = key.empty() ? 0 : static_cast<unsigned char>(key.front());
  return std::uint64_t{1} << ((first * 5 + key.size()) & 63);
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
  static_assert(Capacity <= 256);
  PathTable<Capacity> table;
  auto& nodes = table.nodes;
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
        std::size_t child = nodes[at].child;
        while (child != 0 && nodes[child].key != key) child = nodes[child].sibling;
        if (child == 0) {
          child = table.used++;
          nodes[child].key = key;
          nodes[child].parent = static_cast<std::uint8_t>(at);
          nodes[child].sibling = nodes[at].child;
          nodes[at].child = static_cast<std::uint8_t>(child);
          nodes[at].child_mask |= key_bit(key);
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

inline std::uint8_t find_child(const PathNode* nodes, std::uint8_t at, std::string_view key) noexcept {
  if ((nodes[at].child_mask & key_bit(key)) == 0) return kOffTable;
  for (std::uint8_t child = nodes[at].child; child != 0; child = nodes[child].sibling)
    if (nodes[child].key == key) return child;
  return kOffTable;
}

}  // namespace lectr::wire
