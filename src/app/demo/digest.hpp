// SHA-256 over bytes as they come. Short texts are only kept and hashed when somebody asks, so that a benchmark pays for no hash.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace lectr::demo {

class Digest {
 public:
  static constexpr std::size_t kKept = 1 << 20;  // up to here the bytes themselves are at hand

  Digest();
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  void clear() noexcept;  // keeps its memory
  void append(std::string_view bytes);
  std::string_view kept() const noexcept { return text_; }  // all bytes, or the first kKept of them
  std::size_t length() const noexcept { return length_; }
  std::string hex() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::string text_;
  std::size_t length_ = 0;
  std::unique_ptr<evp_md_ctx_st, Free> running_;  // only beyond kKept
};

}  // namespace lectr::demo
