// A few threads for work that blocks, with a bounded queue. The I/O threads only wait for its answers.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <functional>

#include "api/http.hpp"

namespace lectr::api {

class WorkPool {
 public:
  WorkPool(unsigned threads, std::size_t queued) : pool_{threads}, bound_{threads + queued} {}
  ~WorkPool() { close(); }

  // Runs `work` here, resumes the caller on its own executor (which must be one thread). 503 when the queue is full or the answer takes longer
  // than `patience`; the work then still ends, its answer is dropped, so it must own what it uses. It must not throw.
  boost::asio::awaitable<Reply> run(std::function<Reply()> work, std::chrono::milliseconds patience);

  void close() { pool_.join(); }  // after the last run() has returned

 private:
  boost::asio::thread_pool pool_;
  const std::size_t bound_;
  std::atomic<std::size_t> taken_{0};
};

}  // namespace lectr::api
