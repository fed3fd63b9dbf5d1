// A file descriptor with an owner, and the few calls the journal needs. EINTR is handled here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lectr::events {

class File {
 public:
  File() = default;
  explicit File(int fd) noexcept : fd_{fd} {}
  File(File&& o) noexcept : fd_{o.fd_} { o.fd_ = -1; }
  File& operator=(File&& o) noexcept;
  ~File();

  // `flags` as open(2), plus O_CLOEXEC; files are made readable by their owner only. Not open on failure (errno).
  static File open(const std::string& path, int flags) noexcept;
  explicit operator bool() const noexcept { return fd_ >= 0; }
  int fd() const noexcept { return fd_; }

  // Writes everything at `offset`; false: not all of it could be written (errno), what stands there then is unspecified.
  bool write_at(std::string_view bytes, std::uint64_t offset) const noexcept;
  // Reads up to `n` bytes at `offset`; -1: error.
  std::int64_t read_at(char* to, std::size_t n, std::uint64_t offset) const noexcept;
  std::uint64_t size() const noexcept;

 private:
  int fd_ = -1;
};

}  // namespace lectr::events
