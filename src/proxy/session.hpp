// One client connection, for life on one worker. Reads top to bottom as a request's way: next_request, prepare (admit, peek, route), attempt_all,
// relay, settle. One coroutine; wherever it waits it hears its links, its deadline and the drain.
#pragma once

#include <boost/intrusive/list_hook.hpp>
#include <memory>
#include <optional>
#include <string_view>

#include "exchange.hpp"
#include "key_memo.hpp"
#include "lectr/net/io.hpp"
#include "lectr/net/link.hpp"
#include "lectr/policy/price.hpp"
#include "lectr/wire/error_body.hpp"
#include "outgoing.hpp"

namespace lectr::proxy {

class Worker;

// prepare.cpp. The credential for a provider: the client's own, one that it sent along for it, or the org's; empty: there is none.
std::string_view credential_for(const Exchange& x, const Credentials& who, std::string_view provider) noexcept;
bool needs_key(const config::Provider& provider) noexcept;
// The provider as the exchange's org has it: at a base URL of its own, or the registry's.
const config::Provider& provider_at(const Exchange& x, config::ProviderIndex at) noexcept;
// settle.cpp. The class of an error answer.
ErrorCategory provider_error_category(const Exchange& x) noexcept;

// What a session can be rung for.
enum Ring : std::uint8_t {
  kClientRead = 1,
  kClientWrite = 2,
  kUpstreamRead = 4,
  kUpstreamWrite = 8,
  kDeadline = 16,
  kDrain = 32,
  kLookedUp = 64,
  kPermitted = 128
};

class Session final : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Session(Worker& worker, net::TlsContext tls);
  ~Session();
  bool adopt(int fd);
  net::Task<void> live();  // the whole of it; the session must outlive the task

  void ring(unsigned bits) noexcept { bell_.wake(bits); }
  std::int64_t deadline_us() const noexcept { return deadline_us_; }

 private:
  // session.cpp: the connection
  net::Task<bool> handshake();
  net::Task<bool> next_request();  // false: the connection ends
  enum class Heads : std::uint8_t { incomplete, ready, refused };
  Heads take_head(std::string_view bytes, bool in_carry);
  net::Task<void> linger();                            // lets the client read our last words before the end
  net::Task<bool> flush(std::string_view bytes);       // to the client, whole; false: it left
  net::Task<unsigned> wait(std::int64_t deadline_us);  // rings; kDeadline at the latest then
  unsigned woken(unsigned bits, std::int64_t deadline_us) noexcept;

  // prepare.cpp: one exchange up to its first byte to the provider
  net::Task<Result<void>> prepare();
  bool own_endpoint(std::string_view target);  // GET /health, /ready
  net::Task<void> answer_own_endpoint(std::string_view target);
  Result<void> admit(Credentials& who);
  void classify();
  void read_tags();
  net::Task<Result<void>> read_body(wire::RequestPeek& peek);
  Result<void> read_more_body();
  Result<void> check_model(const wire::Peeked& seen, bool blind) const;
  Result<void> route(const Credentials& who, const wire::Peeked& seen);
  Result<void> aim_again();
  Result<void> aim(config::ProviderIndex at, const Credentials& who, OutgoingAuth& out);
  net::Task<void> refuse(Error error);

  // admission.cpp: limits and budgets
  Result<void> check_limits();  // from the head: takes nothing
  // When the body told what it is about. `must_wait`: it takes a message to tell, and nothing was taken.
  Result<void> take_limits(bool& must_wait);
  net::Task<Result<void>> await_limits();
  limits::Query whole_query(std::string& model, std::string& routed) const;
  Result<void> admitted_by(std::optional<limits::Refusal> refusal);
  limits::Query limits_query(std::string_view model) const;
  void expect_usage(limits::Query& query) const;
  Result<void> refused_by(std::optional<limits::Refusal> refusal);
  void limits_progress();
  void settle_limits();
  void describe_limit(wire::Refusal& refusal, std::string& text, std::string& lines) const;

  // routing.cpp: an org's rules
  bool follow_rules(const policy::DetectQuery& asked, config::ProviderIndex detected, const Credentials& who, const wire::Peeked& seen);
  Result<void> aim_at_first();
  bool aim_lower(std::string_view to);
  Result<void> aim_at(std::size_t at);
  bool enter_target();
  void change_request(const config::Provider& provider, std::string_view model, OutgoingAuth& out);

  // fallback.cpp: what came of a target, and the next one
  bool passes_over(std::string_view bytes, const net::ResponseHead& head);
  Result<void> swallow(std::string_view bytes);
  bool swallowing() const noexcept;
  std::int64_t routed_deadline(std::int64_t at) const noexcept;
  bool turn_to_next(const Error& error);
  bool reserve_next();
  void say_outcome(std::string_view word);
  void tell_breakers(ErrorCategory category);
  void landed() noexcept;
  void learn_quota(std::string_view bytes, const net::ResponseHead& head) noexcept;
  void forget_response();
  void settle_route();

  // attempt.cpp: a provider connection
  net::Task<void> attempt_all();
  net::Task<Result<void>> open_upstream();
  net::Task<Result<void>> await_addresses();
  net::Task<Result<void>> connect_one(const boost::asio::ip::tcp::endpoint& to, std::int64_t deadline_us);
  net::Task<Result<void>> await_link(std::int64_t deadline_us, unsigned wanted);
  bool may_try_again() noexcept;
  void watch_attempt();
  bool ask_without_usage();
  std::int64_t connect_deadline() const noexcept;

  // relay.cpp: bytes both ways until the response is whole
  net::Task<Result<void>> relay();
  Result<void> pump_up();
  Result<void> pump_down();
  Result<bool> send_held();
  Result<bool> flush_up_pending();
  void send_up(std::string_view bytes);
  Result<void> read_client_body();
  bool takes_client_body() const noexcept;
  Result<void> take_response(std::string_view bytes);
  Result<void> take_response_body(std::string_view bytes, std::string_view head_to_send);
  Result<void> begin_response(std::string_view bytes, const net::ResponseHead& head);
  void let_go_of_request();
  Result<void> begin_tunnel();
  enum class Judged : std::uint8_t { passes, waits, refused };
  Judged judge_refusal(std::string_view bytes, const net::ResponseHead& head);
  bool takes_out_usage() const noexcept { return x_->usage && x_->usage->takes_out; }
  std::string_view without_asked_usage(bool whole);
  Result<void> send_down(std::string_view first, std::string_view second);
  Result<void> upstream_ended(bool cleanly);
  Result<void> client_readable();
  Result<void> relay_timeout();
  std::int64_t relay_deadline() const noexcept;
  void meter(std::string_view payload);
  bool response_over() const noexcept;

  // settle.cpp: the row
  void settle();
  void settle_tokens();
  void learn_tokens(const wire::Metered& seen, std::string_view model);
  std::optional<wire::TokenEstimate> calibrated(const wire::Measured& measured, std::string_view model);
  policy::ListedModel listed_model(std::string_view provider, std::string_view model) const;
  void settle_verdict();
  void release_upstream() noexcept;
  void settle_witness();

  Worker& worker_;
  net::TlsContext tls_;
  net::LinkPtr client_;
  net::Bell bell_;
  std::int64_t deadline_us_ = INT64_MAX;
  std::int64_t progress_us_ = 0;  // last time that bytes moved in the phase under way
  net::ByteBuffer carry_;         // bytes read beyond the current request
  KeyMemo key_;
  std::optional<Exchange> x_;  // in place: one allocation less per request
  bool keep_ = true;           // the connection serves a further request after this one
  bool unread_ = false;        // the client may still be sending: linger
  bool counted_exchange_ = false;
  bool break_off_ = false;  // the client must see that its response is not whole
};

}  // namespace lectr::proxy
