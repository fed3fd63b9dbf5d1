// Whether what left is what came in: a running hash of a body on both sides of the gateway. Kept for one exchange in so many, so that each worker proves
// all the time, on real traffic, that it passes bytes as they are. Pure; nothing of a body is kept.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace lectr::proxy {

class BodyWitness {
 public:
  BodyWitness() noexcept { restart(); }
  void restart() noexcept {
    XXH64_reset(&came_, 0);
    XXH64_reset(&left_, 0);
  }
  void came(std::string_view bytes) noexcept { XXH64_update(&came_, bytes.data(), bytes.size()); }
  void left(std::string_view bytes) noexcept { XXH64_update(&left_, bytes.data(), bytes.size()); }
  bool same() const noexcept { return XXH64_digest(&came_) == XXH64_digest(&left_); }

 private:
  XXH64_state_t came_, left_;
};

struct Witness {
  BodyWitness up, down;
  bool watches_up = false, watches_down = false;  // not where a rule, HTTP/1.0 or asked usage changes the body
  std::size_t head_left = 0;                      // bytes of a head that wait before those of the body

  // Of a write that took `size` bytes of a head and a body behind it, of which `sent` were out before.
  void left_up(std::string_view body, std::size_t head, std::size_t sent, std::size_t size) noexcept {
    const std::size_t from = std::max(sent, head) - head, to = std::max(sent + size, head) - head;
    if (watches_up) up.left(body.substr(from, to - from));
  }
  // Of what waits for the client, heads first.
  void left_waiting(std::string_view bytes) noexcept {
    const std::size_t of_head = std::min(head_left, bytes.size());
    head_left -= of_head;
    if (watches_down) down.left(bytes.substr(of_head));
  }
};

}  // namespace lectr::proxy
