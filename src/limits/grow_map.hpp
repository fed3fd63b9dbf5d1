// What is only ever added to: any thread finds, adds and visits, and none waits for another. Nothing is taken out before the map ends, so what was found
// stays where it is. Its heads are a fixed table: as long as there are not many more values than heads, one is found within a few steps.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace lectr::limits {

template <class Value, std::size_t kHeads = 1024>
class GrowMap {
 public:
  GrowMap() = default;
  GrowMap(const GrowMap&) = delete;
  GrowMap& operator=(const GrowMap&) = delete;
  ~GrowMap() {
    for (auto& head : heads_)
      for (Node* node = head.load(std::memory_order_relaxed); node != nullptr;) delete std::exchange(node, node->next);
  }

  Value* find(std::uint64_t key) const noexcept {
    Node* node = among(head_of(key).load(std::memory_order_acquire), nullptr, key);
    return node != nullptr ? &node->value : nullptr;
  }
  // The value of this key; `make` makes it if there is none. Of several threads that do so at once one's is kept, and all get that one.
  template <class Make>
  Value& get(std::uint64_t key, Make make) {
    std::atomic<Node*>& head = head_of(key);
    Node* first = head.load(std::memory_order_acquire);
    if (Node* known = among(first, nullptr, key)) return known->value;
    std::unique_ptr<Node> fresh{new Node{key, first, make()}};
    while (!head.compare_exchange_weak(fresh->next, fresh.get(), std::memory_order_release, std::memory_order_acquire)) {
      if (Node* known = among(fresh->next, first, key)) return known->value;  // added in front of those that were looked at
      first = fresh->next;
    }
    return fresh.release()->value;
  }
  // Those that are there when it begins, in no order.
  template <class Visit>
  void visit(Visit visit) const {
    for (const auto& head : heads_)
      for (Node* node = head.load(std::memory_order_acquire); node != nullptr; node = node->next) visit(node->value);
  }

 private:
  struct Node {
    const std::uint64_t key;
    Node* next;  // set before others see the node, and never again
    Value value;
  };
  static Node* among(Node* node, const Node* end, std::uint64_t key) noexcept {
    while (node != end && node->key != key) node = node->next;
    return node != end ? node : nullptr;
  }
  // Ids are numbers in a row, hashes are spread already: both by their last bits.
  std::atomic<Node*>& head_of(std::uint64_t key) noexcept { return heads_[key % kHeads]; }
  const std::atomic<Node*>& head_of(std::uint64_t key) const noexcept { return heads_[key % kHeads]; }

  std::array<std::atomic<Node*>, kHeads> heads_{};
};

}  // namespace lectr::limits
