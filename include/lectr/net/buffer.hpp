// Bytes that grow without being zeroed first. Owned by one exchange, given back with clear().
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace lectr::net {

class ByteBuffer {
 public:
  ByteBuffer() = default;
  ByteBuffer(ByteBuffer&& o) noexcept : data_{std::move(o.data_)}, size_{std::exchange(o.size_, 0)}, capacity_{std::exchange(o.capacity_, 0)} {}
  ByteBuffer& operator=(ByteBuffer&& o) noexcept {
    data_ = std::move(o.data_);
    size_ = std::exchange(o.size_, 0);
    capacity_ = std::exchange(o.capacity_, 0);
    return *this;
  }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  std::string_view view() const noexcept { return {data_.get(), size_}; }
  char* data() noexcept { return data_.get(); }

  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    auto bigger = std::make_unique_for_overwrite<char[]>(capacity);
    if (size_ > 0) std::memcpy(bigger.get(), data_.get(), size_);
    data_ = std::move(bigger);
    capacity_ = capacity;
  }
  void append(std::string_view bytes) {
    if (bytes.empty()) return;
    if (size_ + bytes.size() > capacity_) reserve(std::max(size_ + bytes.size(), capacity_ * 2));
    std::memcpy(data_.get() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  // Room to read into behind what is there; commit() takes what was filled.
  std::span<char> room(std::size_t at_least) {
    if (capacity_ - size_ < at_least) reserve(std::max(size_ + at_least, capacity_ * 2));
    return {data_.get() + size_, capacity_ - size_};
  }
  void commit(std::size_t n) noexcept { size_ += n; }
  void consume(std::size_t n) noexcept {
    if (n >= size_) return clear();
    std::memmove(data_.get(), data_.get() + n, size_ - n);
    size_ -= n;
  }
  std::size_t capacity() const noexcept { return capacity_; }
  void rewind() noexcept { size_ = 0; }  // empty, but ready to be filled again
  void clear() noexcept {
    data_.reset();
    size_ = capacity_ = 0;
  }  // frees: an idle connection holds no buffer

 private:
  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace lectr::net
