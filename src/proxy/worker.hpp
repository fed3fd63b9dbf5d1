// One core's share of the proxy: thread, event loop, listener, sessions, provider connections, configuration pointer. Nothing in here is
// touched by another thread but what is posted to the loop and the counters.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "calibrations.hpp"
#include "exchange.hpp"
#include "lectr/base/ids.hpp"
#include "lectr/config/settings.hpp"
#include "lectr/events/queue.hpp"
#include "lectr/net/poller.hpp"
#include "lectr/net/upstreams.hpp"
#include "lectr/proxy/proxy.hpp"
#include "price_memo.hpp"
#include "refused_usage.hpp"
#include "target_health.hpp"

namespace lectr::proxy {

namespace asio = boost::asio;
class Session;

// Of the whole process: bounds hold over all workers. Relaxed counters, no lock.
struct SharedCounters {
  alignas(64) std::atomic<std::uint64_t> connections{0};
  alignas(64) std::atomic<std::uint64_t> exchanges{0};
  alignas(64) std::atomic<std::uint64_t> requests{0};
  std::atomic<std::uint64_t> unauthenticated{0};
  std::atomic<std::uint64_t> compared{0}, mismatches{0};  // bodies on both sides, witness.hpp
  TargetHealth health;
};

using SessionHook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
using SessionList = boost::intrusive::list<Session, boost::intrusive::base_hook<SessionHook>, boost::intrusive::constant_time_size<false>>;

class Worker final : net::Wakeable {
  asio::io_context io_{1};  // first: everything below lives on it

 public:
  static constexpr std::size_t kBuffer = 64 * 1024;

  Worker(unsigned index, const config::Settings& settings, SharedCounters& counters, events::Queue& queue, limits::Limiter& limiter, SnapshotPin pin,
         net::TlsContext tls, std::shared_ptr<const std::unordered_map<std::string, net::TlsContext>> provider_tls, int listen_fd);
  ~Worker();

  void run();                                                  // the thread's function
  void use(std::shared_ptr<const config::Snapshot> snapshot);  // posts
  void use(net::TlsContext tls);                               // posts
  void run_soon(std::function<void()> work);                   // any thread, this one too
  void drain();                                                // posts: stop accepting, end idle connections
  void cut();                                                  // posts: end all connections

  // For sessions, on this thread only.
  asio::io_context& io() noexcept { return io_; }
  const unsigned index;
  const config::Settings& settings;
  SharedCounters& counters;
  events::Queue& queue;
  limits::Limiter& limiter;
  net::Poller poller;
  net::Upstreams upstreams;
  UuidSource ids;
  std::array<char, kBuffer> buffer;      // read into, written from, never kept across a suspension
  std::array<char, kBuffer> joined;      // where small parts are joined for TLS
  std::string text;                      // heads under construction, likewise
  std::string unchunked;                 // payload for HTTP/1.0 clients, likewise
  std::vector<std::string_view> pieces;  // payload pieces of what is in `buffer`
  net::ResponseHead response;            // the one being looked at, likewise
  Calibrations calibrations;             // of streams without usage
  PriceMemo prices;                      // of the snapshot that pin() holds
  unsigned begun = 0;                    // exchanges that go to a provider
  RefusedUsage refused_usage;            // who can't be asked for it
  // What an exchange needed and the next one can use, so that a busy worker hardly allocates. Large buffers, and more than a few, are freed.
  // Heads hold keys, so their bytes are wiped first.
  void recycle(net::ByteBuffer used, std::size_t head_bytes);
  void recycle(std::string head);
  void recycle(std::vector<net::Field> used) { keep(spare_fields_, std::move(used)); }
  void recycle(wire::RequestPeek used) { keep(spare_peeks_, std::move(used)); }
  void recycle(wire::ResponseMeter used) { keep(spare_meters_, std::move(used)); }
  std::string spare_head() { return take(spare_heads_); }
  std::vector<net::Field> spare_fields() { return take(spare_fields_); }
  net::ByteBuffer spare_buffer() { return take(spare_buffers_); }
  wire::RequestPeek spare_peek() { return take(spare_peeks_); }
  wire::ResponseMeter spare_meter() { return take(spare_meters_); }
  const SnapshotPin& pin() const noexcept { return pin_; }
  bool draining() const noexcept { return draining_; }
  bool cutting() const noexcept { return cutting_; }
  config::Digest digest(std::string_view secret) noexcept;
  void enlist(Session& session);

 private:
  static constexpr std::size_t kSpares = 32;
  template <class T>
  static void keep(std::vector<T>& spares, T&& used) {
    if (spares.size() < kSpares) spares.push_back(std::move(used));
  }
  template <class T>
  static T take(std::vector<T>& spares) {
    if (spares.empty()) return {};
    T spare = std::move(spares.back());
    spares.pop_back();
    return spare;
  }
  template <class Work>
  void post(Work work);  // any thread
  void loop();
  void run_what_came();
  void wake(unsigned) noexcept override;  // the listener has connections
  void admit(int fd);
  void sweep();
  void end_if_empty() noexcept;

  asio::executor_work_guard<net::Executor> work_{io_.get_executor()};
  int listener_;  // -1: closed
  SnapshotPin pin_;
  net::TlsContext tls_;
  std::atomic<bool> has_soon_{false};
  std::mutex soon_mutex_;
  std::vector<std::function<void()>> soon_;
  std::vector<std::string> spare_heads_;
  std::vector<std::vector<net::Field>> spare_fields_;
  std::vector<net::ByteBuffer> spare_buffers_;
  std::vector<wire::RequestPeek> spare_peeks_;
  std::vector<wire::ResponseMeter> spare_meters_;
  SessionList sessions_;
  EVP_MD* sha256_;
  EVP_MD_CTX* hashing_;
  bool draining_ = false, cutting_ = false, ended_ = false, accept_paused_ = false;
  unsigned sweeps_ = 0;
};

}  // namespace lectr::proxy
