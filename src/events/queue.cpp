#include "lectr/events/queue.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <boost/lockfree/spsc_queue.hpp>
#include <new>

#include "events/codec.hpp"
#include "events/doorbell.hpp"

namespace lectr::events {
namespace {

// Ring memory straight from the kernel, so that a page costs memory only once it was used. Huge pages would break that: the first event
// would touch 2 MiB.
template <class T>
struct LazyPages {
  using value_type = T;
  LazyPages() = default;
  template <class U>
  LazyPages(const LazyPages<U>&) noexcept {}
  T* allocate(std::size_t n) {
    void* p = ::mmap(nullptr, n * sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc{};
    ::madvise(p, n * sizeof(T), MADV_NOHUGEPAGE);
    return static_cast<T*>(p);
  }
  void deallocate(T* p, std::size_t n) noexcept { ::munmap(p, n * sizeof(T)); }
  friend bool operator==(const LazyPages&, const LazyPages&) noexcept { return true; }
};

using Ring = boost::lockfree::spsc_queue<char, boost::lockfree::allocator<LazyPages<char>>>;

}  // namespace

struct Queue::Impl {
  explicit Impl(std::size_t bytes) : ring{bytes} {}
  Ring ring;
  // Worker only. Counters are atomics with one writer each, so plain load and store do.
  char scratch[kMaxRecord];
  alignas(64) std::atomic<std::uint64_t> received{0};
  std::atomic<std::uint64_t> dropped{0};
  // Written by both, by exchange only: whoever comes second sees what the first one did before, so no event can lie in the ring unseen.
  std::atomic<bool> asleep{false};
  Doorbell bell;
  // Collector only.
  alignas(64) std::atomic<std::uint64_t> drained{0};
};

Queue::Queue(std::size_t bytes) : impl_{std::make_unique<Impl>(std::max(bytes, 2 * kMaxRecord))} {}
Queue::~Queue() = default;

void Queue::offer(const Event& event) noexcept {
  Impl& q = *impl_;
  const std::size_t size = encode_to(event, q.scratch);
  // push() would take a part of a record; only whole ones may enter, so that the reader never sees a half.
  if (q.ring.write_available() >= size)
    q.ring.push(q.scratch, size);
  else
    q.dropped.store(q.dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  q.received.store(q.received.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  if (q.asleep.exchange(false, std::memory_order_acq_rel)) q.bell.ring();
}

bool Queue::lie_down() noexcept {
  impl_->asleep.exchange(true, std::memory_order_acq_rel);
  return impl_->ring.read_available() == 0;
}
void Queue::get_up() noexcept {
  // Rung for: the bell is silenced. A ring that is only just under way ends the next sleep early, which does no harm.
  if (!impl_->asleep.exchange(false, std::memory_order_acq_rel)) impl_->bell.silence();
}
int Queue::bell() const noexcept { return impl_->bell.fd(); }

std::size_t Queue::drain(std::string& out) {
  Impl& q = *impl_;
  const std::size_t available = q.ring.read_available();
  if (available == 0) return 0;
  const std::size_t start = out.size();
  out.resize(start + available);
  q.ring.pop(out.data() + start, available);
  std::size_t count = 0;
  for (std::string_view rest{out.data() + start, available}; const std::size_t size = record_size(rest); ++count) rest.remove_prefix(size);
  q.drained.store(q.drained.load(std::memory_order_relaxed) + count, std::memory_order_release);
  return count;
}

std::uint64_t Queue::received() const noexcept { return impl_->received.load(std::memory_order_acquire); }
std::uint64_t Queue::dropped() const noexcept { return impl_->dropped.load(std::memory_order_relaxed); }
std::uint64_t Queue::depth() const noexcept {
  const std::uint64_t gone = impl_->drained.load(std::memory_order_acquire) + dropped(), in = received();
  return in > gone ? in - gone : 0;  // the counters are read one after the other
}

}  // namespace lectr::events
