// A credential in memory: not printable, not comparable by accident, wiped at its end.
#pragma once

#include <string>
#include <string_view>

namespace lectr {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view s) : text_{s} {}
  Secret(Secret&& o) noexcept : text_{std::move(o.text_)} { o.wipe(); }
  Secret& operator=(Secret&& o) noexcept {
    if (this != &o) {
      wipe();
      text_ = std::move(o.text_);
      o.wipe();
    }
    return *this;
  }
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret() { wipe(); }

  // The only way to the characters: name the reason where you call it.
  std::string_view reveal() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }

 private:
  void wipe() noexcept {
    volatile char* p = text_.data();
    for (std::size_t i = 0; i < text_.size(); ++i) p[i] = 0;
    text_.clear();
  }
  std::string text_;
};

}  // namespace lectr
