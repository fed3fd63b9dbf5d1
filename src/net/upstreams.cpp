#include "lectr/net/upstreams.hpp"

#include <algorithm>

#include "lectr/base/clock.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::net {

// An unused connection that is listened to: whatever the provider sends or does now means that it is over.
struct UpstreamTarget::Idle final : Wakeable {
  explicit Idle(UpstreamTarget& t) noexcept : target{t} {}
  void wake(unsigned) noexcept override {
    // TLS tickets arrive after the handshake, and a read that filled its buffer leaves the link looking ready: neither is an end.
    char byte[1];
    if (link->read(byte).state == IoState::again) return link->watch_read();
    link->close();
    std::erase_if(target.idle_, [this](const std::unique_ptr<Idle>& i) { return i.get() == this; });  // ends this object
  }
  UpstreamTarget& target;
  LinkPtr link;
  std::int64_t since_us = 0;
};

void UpstreamTarget::keep_session(SSL_SESSION* session) noexcept {
  // A copy: OpenSSL marks a connection's own session as not resumable when the peer closes without close_notify, as many do.
  if (session_) SSL_SESSION_free(session_);
  session_ = SSL_SESSION_dup(session);
}

UpstreamTarget::~UpstreamTarget() {
  for (const auto& i : idle_) i->link->close();
  if (session_) SSL_SESSION_free(session_);
}

namespace {

constexpr std::size_t kSpares = 32;

// Where a connection's target is kept, so that a new ticket finds its way back.
int target_slot() {
  static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

int keep_ticket(SSL* ssl, SSL_SESSION* session) {
  if (auto* target = static_cast<UpstreamTarget*>(SSL_get_ex_data(ssl, target_slot()))) target->keep_session(session);
  return 0;  // the reference stays OpenSSL's
}

}  // namespace

Upstreams::Upstreams(asio::io_context& io, UpstreamOptions options, std::shared_ptr<const std::unordered_map<std::string, TlsContext>> contexts)
    : options_{options}, contexts_{std::move(contexts)}, resolver_{io} {
  for (const auto& [ca_file, context] : *contexts_) SSL_CTX_sess_set_new_cb(context.get(), keep_ticket);
}

Upstreams::~Upstreams() = default;

UpstreamTarget& Upstreams::target(const config::Provider& provider) {
  if (last_ && last_->serves(provider)) return *last_;
  key_.assign(provider.base.authority).append(provider.base.tls ? "|tls|" : "|tcp|").append(provider.ca_file);
  if (const auto found = targets_.find(key_); found != targets_.end()) return *(last_ = found->second.get());
  auto fresh = std::make_unique<UpstreamTarget>();
  fresh->authority_ = provider.base.authority;
  fresh->ca_file_ = provider.ca_file;
  fresh->host_ = provider.base.host;
  fresh->service_ = std::to_string(provider.base.port);
  boost::system::error_code not_an_address;
  const auto address = asio::ip::make_address(fresh->host_, not_an_address);
  fresh->is_ip_ = !not_an_address;
  if (fresh->is_ip_) fresh->addresses_.emplace_back(address, provider.base.port);
  if (provider.base.tls) {
    const auto context = contexts_->find(provider.ca_file);
    fresh->context_ = context != contexts_->end() ? context->second : contexts_->at("");
  }
  return *(last_ = targets_.emplace(key_, std::move(fresh)).first->second.get());
}

LinkPtr Upstreams::take_idle(UpstreamTarget& target) {
  if (target.idle_.empty()) return {};
  std::unique_ptr<UpstreamTarget::Idle> idle = std::move(target.idle_.back());
  target.idle_.pop_back();
  LinkPtr link = std::move(idle->link);
  link->detach();
  if (target.spare_.size() < kSpares) target.spare_.push_back(std::move(idle));
  return link;
}

void Upstreams::give_back(UpstreamTarget& target, LinkPtr link, std::int64_t now_us) {
  if (target.idle_.size() >= options_.idle_per_target) return link->close();
  if (target.spare_.empty()) target.spare_.push_back(std::make_unique<UpstreamTarget::Idle>(target));
  target.idle_.push_back(std::move(target.spare_.back()));
  target.spare_.pop_back();
  UpstreamTarget::Idle& idle = *target.idle_.back();
  idle.link = std::move(link);
  idle.since_us = now_us;
  idle.link->attach(&idle, 1, 1);
  idle.link->watch_read();
}

void Upstreams::look_up(UpstreamTarget& target) {
  if (target.is_ip_ || target.looking_up_) return;
  if (!target.addresses_.empty() && mono_us() - target.looked_up_us_ < options_.refresh_us) return;
  target.looking_up_ = true;
  ++look_ups_;
  // Asio looks names up on a thread of its own; targets live as long as the io_context runs.
  resolver_.async_resolve(target.host_, target.service_, [this, &target](const boost::system::error_code& ec, const auto& results) {
    target.looking_up_ = false;
    --look_ups_;
    target.looked_up_us_ = mono_us();
    if (!ec) target.addresses_.assign(results.begin(), results.end());
    // A failed refresh keeps the old addresses: a name server's trouble is no provider outage.
    if (ec) log::warn("a provider's host name could not be looked up; using the last known addresses, if any");
    for (Wakeable* who : std::exchange(target.waiting_, {})) who->wake(target.lookup_bit_);
  });
}

void Upstreams::wait_lookup(UpstreamTarget& target, Wakeable* who, unsigned bit) {
  target.lookup_bit_ = bit;
  target.waiting_.push_back(who);
}

void Upstreams::stop_waiting(UpstreamTarget& target, Wakeable* who) noexcept { std::erase(target.waiting_, who); }

bool Upstreams::start_tls(UpstreamTarget& target, Link& link) {
  SSL_CTX* context = target.context_.get();
  SSL* ssl = link.start_tls_client(context, target.host_.c_str(), target.is_ip_, target.session_);
  return ssl && SSL_set_ex_data(ssl, target_slot(), &target) == 1;
}

void Upstreams::sweep(std::int64_t now_us) {
  for (auto& [key, target] : targets_) {
    std::erase_if(target->idle_, [&](const std::unique_ptr<UpstreamTarget::Idle>& i) {
      if (now_us - i->since_us < options_.idle_us) return false;
      i->link->close();
      return true;
    });
  }
}

void Upstreams::drop_idle(UpstreamTarget& target) {
  for (const auto& i : target.idle_) i->link->close();
  target.idle_.clear();
}

void Upstreams::drop_idle() {
  for (auto& [key, target] : targets_) drop_idle(*target);
}

std::size_t Upstreams::idle_count() const noexcept {
  std::size_t n = 0;
  for (const auto& [key, target] : targets_) n += target->idle_.size();
  return n;
}

}  // namespace lectr::net
