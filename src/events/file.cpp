#include "events/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace lectr::events {

File& File::operator=(File&& o) noexcept {
  std::swap(fd_, o.fd_);
  return *this;
}
File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

File File::open(const std::string& path, int flags) noexcept {
  int fd;
  do fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  while (fd < 0 && errno == EINTR);
  return File{fd};
}

bool File::write_at(std::string_view bytes, std::uint64_t offset) const noexcept {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return true;
}

std::int64_t File::read_at(char* to, std::size_t n, std::uint64_t offset) const noexcept {
  ssize_t got;
  do got = ::pread(fd_, to, n, static_cast<off_t>(offset));
  while (got < 0 && errno == EINTR);
  return got;
}

std::uint64_t File::size() const noexcept {
  struct stat s {};
  return ::fstat(fd_, &s) == 0 ? static_cast<std::uint64_t>(s.st_size) : 0;
}

}  // namespace lectr::events
