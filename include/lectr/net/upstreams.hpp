// A worker's connections to providers: where they are (names looked up in the background), how to speak TLS to them, and which idle ones
// can be used again. Worker thread only; no lock, nothing blocks.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "lectr/config/snapshot.hpp"
#include "lectr/net/link.hpp"
#include "lectr/net/tls.hpp"

namespace lectr::net {

class Upstreams;

// One provider address: scheme, host, port, trust.
class UpstreamTarget {
 public:
  const std::vector<asio::ip::tcp::endpoint>& addresses() const noexcept { return addresses_; }
  bool looking_up() const noexcept { return looking_up_; }
  bool tls() const noexcept { return context_ != nullptr; }
  void keep_session(SSL_SESSION* session) noexcept;  // copies it

 private:
  friend class Upstreams;
  friend class UpstreamLease;
  struct Idle;

  bool serves(const config::Provider& p) const noexcept { return authority_ == p.base.authority && tls() == p.base.tls && ca_file_ == p.ca_file; }

  std::string authority_, ca_file_, host_, service_;
  bool is_ip_ = false;
  TlsContext context_;
  SSL_SESSION* session_ = nullptr;  // the newest ticket, for resumption
  std::vector<asio::ip::tcp::endpoint> addresses_;
  std::int64_t looked_up_us_ = 0;
  bool looking_up_ = false;
  std::vector<Wakeable*> waiting_;            // sessions waiting for the look-up; each takes itself off
  std::vector<std::unique_ptr<Idle>> idle_;   // newest last
  std::vector<std::unique_ptr<Idle>> spare_;  // emptied ones, for the next
  unsigned lookup_bit_ = 0;

 public:
  ~UpstreamTarget();
};

struct UpstreamOptions {
  std::size_t idle_per_target = 256;
  std::int64_t idle_us = 55'000'000;
  std::int64_t refresh_us = 30'000'000;  // names are looked up again after, the old addresses serve meanwhile
};

class Upstreams {
 public:
  // `contexts`: client TLS by CA file, built beforehand and shared by all workers.
  Upstreams(asio::io_context& io, UpstreamOptions options, std::shared_ptr<const std::unordered_map<std::string, TlsContext>> contexts);
  ~Upstreams();

  UpstreamTarget& target(const config::Provider& provider);

  // An idle connection that nothing has been heard of since it became idle; null: connect.
  LinkPtr take_idle(UpstreamTarget& target);
  // Only after a whole, well-framed response that allows keep-alive, with nothing read beyond it.
  void give_back(UpstreamTarget& target, LinkPtr link, std::int64_t now_us);

  // Makes sure addresses are known or on their way. Empty addresses with looking_up(): wait for `bit` on `who`; then, still empty: failed.
  void look_up(UpstreamTarget& target);
  void wait_lookup(UpstreamTarget& target, Wakeable* who, unsigned bit);
  bool looking_up() const noexcept { return look_ups_ > 0; }
  void stop_waiting(UpstreamTarget& target, Wakeable* who) noexcept;

  // A new link in TLS client mode for this target (start_tls_client with its context, name and session).
  bool start_tls(UpstreamTarget& target, Link& link);

  void sweep(std::int64_t now_us);  // closes connections idle for too long
  void drop_idle();                 // all of them
  void drop_idle(UpstreamTarget& target);
  std::size_t idle_count() const noexcept;

 private:
  UpstreamOptions options_;
  std::shared_ptr<const std::unordered_map<std::string, TlsContext>> contexts_;
  asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver_;
  std::unordered_map<std::string, std::unique_ptr<UpstreamTarget>> targets_;
  int look_ups_ = 0;
  std::string key_;                 // reused for look-ups
  UpstreamTarget* last_ = nullptr;  // most requests go where the one before went; targets live as long as this
};

}  // namespace lectr::net
