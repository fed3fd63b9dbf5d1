#include "lectr/events/tap.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "events/codec.hpp"

namespace lectr::events {
namespace {

constexpr int kNice = 10;                      // gives way to the workers, as the writer does
constexpr std::size_t kCapacity = 256 * 1024;  // a larger buffer is given back after a burst
// Whoever reads metrics does so every few seconds: a wake-up for each of the collector's rounds would only take the core from a worker more often.
constexpr auto kGather = std::chrono::milliseconds{100};

}  // namespace

struct Tap::Impl {
  void run();
  void take(std::string_view records);
  bool half_full() const { return waiting.size() >= most_bytes / 2; }

  // Set once.
  std::function<void(const Event&)> each;
  std::size_t most_bytes = 0;
  std::thread thread;
  // Tap thread only.
  Event event;
  // Under the lock, which no worker ever takes.
  std::mutex mutex;
  std::condition_variable wake;
  std::string waiting;
  bool stopping = false;
  // Any thread.
  std::atomic<std::uint64_t> missed{0};
};

void Tap::Impl::run() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // refused: it is only a courtesy
  std::string records;
  for (bool last = false; !last;) {
    {
      std::unique_lock hold{mutex};
      wake.wait(hold, [this] { return stopping || !waiting.empty(); });
      wake.wait_for(hold, kGather, [this] { return stopping || half_full(); });
      records.swap(waiting);
      last = stopping;
    }
    take(records);
    if (records.capacity() > kCapacity) records = {};
    records.clear();
  }
}

void Tap::Impl::take(std::string_view records) {
  while (!records.empty()) {
    const std::size_t size = record_size(records);
    if (size == 0 || size > records.size()) return;  // can't be: our own bytes, never on disk
    if (decode_checked(records.substr(0, size), event)) each(event);
    records.remove_prefix(size);
  }
}

Tap::Tap(std::function<void(const Event&)> each, std::size_t most_bytes) : impl_{std::make_unique<Impl>()} {
  impl_->each = std::move(each);
  impl_->most_bytes = most_bytes;
}
Tap::~Tap() { stop(); }

void Tap::start() {
  impl_->thread = std::thread{[this] { impl_->run(); }};
  ::pthread_setname_np(impl_->thread.native_handle(), "ev-tap");
}

void Tap::stop() {
  if (!impl_->thread.joinable()) return;
  {
    const std::lock_guard hold{impl_->mutex};
    impl_->stopping = true;
  }
  impl_->wake.notify_one();
  impl_->thread.join();
}

void Tap::offer(std::string_view records, std::uint64_t events) {
  bool first = false, much = false;
  {
    const std::lock_guard hold{impl_->mutex};
    if (impl_->waiting.size() + records.size() > impl_->most_bytes) {
      impl_->missed += events;
      return;
    }
    first = impl_->waiting.empty();
    impl_->waiting += records;
    much = impl_->half_full();
  }
  if (first || much) impl_->wake.notify_one();
}

std::uint64_t Tap::missed() const noexcept { return impl_->missed; }

}  // namespace lectr::events
