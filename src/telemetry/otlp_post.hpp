// One HTTP POST after another to one receiver, by libcurl, over a connection that is kept. One thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace lectr::telemetry {

struct PostAnswer {
  int status = 0;  // 0: there was none
  std::chrono::seconds retry_after{0};
  std::string body;  // 64 KiB of it at most
};

class Poster {
 public:
  Poster(std::string ca_file, bool gzip);
  ~Poster();
  // At most 10 s; when `ending` says so, it is broken off.
  PostAnswer post(const std::string& url, const std::vector<std::pair<std::string, std::string>>& headers, const std::string& json,
                  const std::function<bool()>& ending);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lectr::telemetry
