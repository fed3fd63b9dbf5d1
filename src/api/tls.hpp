// The listener's TLS context, read again when its files change.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>

#include "lectr/config/settings.hpp"

namespace lectr::api {

class TlsSource {
 public:
  // Throws std::runtime_error naming the file that can't be used. Without files current() is null.
  explicit TlsSource(config::TlsFiles files);

  bool on() const noexcept { return !files_.certificate.empty(); }
  // For the next connection; looks at the files at most once a second of `now_us` (monotonic). A half-written or wrong pair leaves the old one in
  // force. Any thread.
  std::shared_ptr<boost::asio::ssl::context> current(std::int64_t now_us);

 private:
  using Times = std::pair<std::filesystem::file_time_type, std::filesystem::file_time_type>;
  std::shared_ptr<boost::asio::ssl::context> load() const;
  Times times() const noexcept;

  config::TlsFiles files_;
  std::mutex mutex_;  // guards what follows; taken once per connection
  std::shared_ptr<boost::asio::ssl::context> context_;
  Times loaded_;
  std::int64_t checked_us_ = 0;
};

}  // namespace lectr::api
