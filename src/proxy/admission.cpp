// An exchange's way through limits and budgets: from the head alone, again when its body told the model, while it streams, and at its end.
#include <algorithm>
#include <cmath>
#include <ctime>

#include "lectr/base/text.hpp"
#include "lectr/limits/limiter.hpp"
#include "lectr/policy/price.hpp"
#include "lectr/policy/why.hpp"
#include "routing.hpp"
#include "session.hpp"
#include "worker.hpp"

namespace lectr::proxy {
namespace {

constexpr std::int64_t kProgressUs = 250'000;
constexpr std::int64_t kRefusingUs = 10'000'000;

bool limited(const config::Org& org) noexcept { return org.control && !(org.control->limits.empty() && org.control->budgets.empty()); }

// As OpenAI writes them: "1.5s", "250ms".
std::string duration(std::int64_t ms) {
  if (ms < 1000) return std::to_string(ms) + "ms";
  const std::string thousandths = std::to_string(1000 + ms % 1000).substr(1);
  return std::to_string(ms / 1000) + '.' + thousandths + 's';
}

void write_meter(std::string& lines, std::string_view of, const limits::Meter& meter) {
  const auto line = [&](std::string_view what, const std::string& value) {
    lines.append("x-ratelimit-").append(what).append(1, '-').append(of).append(": ").append(value).append("\r\n");
  };
  line("limit", std::to_string(meter.limit));
  line("remaining", std::to_string(meter.rest));
  line("reset", duration(meter.reset_ms));
}

std::string utc_text(std::int64_t unix_us) {
  const std::time_t seconds = unix_us / 1'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[24];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

char letter_of(limits::Shadowed::As as) noexcept {
  switch (as) {
    case limits::Shadowed::As::limited: return 'L';
    case limits::Shadowed::As::blocked: return 'B';
    case limits::Shadowed::As::downgraded: break;
  }
  return 'D';
}

}  // namespace

limits::Query Session::limits_query(std::string_view model) const {
  const Exchange& x = *x_;
  limits::Query q;
  q.org = x.org;
  q.key = x.event.key_id;
  q.feature = x.event.feature;
  q.model = model;
  q.now_us = limits::boot_us();
  q.unix_us = worker_.poller.now_unix_us();
  return q;
}

Result<void> Session::refused_by(std::optional<limits::Refusal> refusal) {
  if (!refusal) return {};
  worker_.limiter.note_refusal(worker_.poller.now_us());
  const Code code = refusal->code;
  const bool budget = code == Code::budget_exceeded || code == Code::budget_reserved;
  policy::why_section(x_->event.why, budget ? 'b' : 'l', refusal->name);
  x_->refusal = std::make_unique<limits::Refusal>(std::move(*refusal));
  return Error{code, Fault::client, Again::no, ""};
}

// Nothing is taken yet, and the body has not been read: who asks too often shall not also have sent a megabyte for nothing.
Result<void> Session::check_limits() {
  Exchange& x = *x_;
  if (!limited(*x.org)) return {};
  // Where all is well and the body came with the head there is nothing to spare: take_limits() asks in a moment.
  if (!worker_.limiter.refused_within(kRefusingUs, worker_.poller.now_us()) && x.head.framing == net::Framing::length &&
      x.held_body().size() >= x.head.length)
    return {};
  const std::string model = lower(x.endpoint.path_model);
  limits::Query q = limits_query(model);
  q.stream = x.endpoint.streams_by_path || x.wants_upgrade;
  q.tokens = x.endpoint.api != wire::Api::other ? 1 : -1;
  return refused_by(worker_.limiter.check(q));
}

limits::Query Session::whole_query(std::string& model, std::string& routed) const {
  const Exchange& x = *x_;
  model = lower(x.event.model_requested);
  limits::Query q = limits_query(model);
  routed = lower(x.event.model_actual);  // by a rule: that is what will be paid
  q.paid = routed.empty() ? q.model : std::string_view{routed};
  q.stream = x.stream_body || x.wants_upgrade;
  if (x.endpoint.api != wire::Api::other) expect_usage(q);
  if (!policy::costs(x.endpoint)) q.cost_nano = 0;
  q.downgraded = x.downgraded;
  return q;
}

Result<void> Session::admitted_by(std::optional<limits::Refusal> refusal) {
  if (!refusal && x_->downgraded) add_note(x_->event, "downgraded");
  if (const limits::Shadowed* shadowed = x_->permit.shadowed()) policy::why_section(x_->event.why, letter_of(shadowed->as), shadowed->name);
  if (refusal && x_->routing) tell_breakers(ErrorCategory::refused);  // its target's probe is for somebody else
  return refused_by(std::move(refusal));
}

Result<void> Session::take_limits(bool& must_wait) {
  Exchange& x = *x_;
  if (!limited(*x.org)) return {};
  std::string model, routed;
  auto refusal = worker_.limiter.admit(whole_query(model, routed), x.permit, &must_wait);
  if (must_wait) return {};
  if (refusal && !x.downgraded && !refusal->downgrade_to.empty() && aim_lower(refusal->downgrade_to)) {
    policy::why_section(x.event.why, 'd', refusal->name);
    x.downgraded = true;
    return take_limits(must_wait);
  }
  return admitted_by(std::move(refusal));
}

namespace {

// A session's wait for its permit. Whoever answers does so on another thread, and rings by the worker's loop; either may be gone by then.
class PermitWait {
 public:
  PermitWait(Worker& worker, net::Bell& bell) : bell_{std::make_shared<net::Bell*>(&bell)} {
    pending = std::make_shared<limits::Pending>([&worker, bell = bell_] {
      worker.run_soon([bell] {
        if (*bell) (*bell)->wake(kPermitted);
      });
    });
  }
  ~PermitWait() {
    pending->leave();
    *bell_ = nullptr;
  }
  PermitWait(const PermitWait&) = delete;
  PermitWait& operator=(const PermitWait&) = delete;

  std::shared_ptr<limits::Pending> pending;

 private:
  std::shared_ptr<net::Bell*> bell_;  // what it points at is this worker's only
};

}  // namespace

// The limiter answers within a few dozen milliseconds, with or without Redis. What rings meanwhile is for whoever waits next.
net::Task<Result<void>> Session::await_limits() {
  Exchange& x = *x_;
  PermitWait wait_here{worker_, bell_};
  {
    std::string model, routed;
    worker_.limiter.wait(whole_query(model, routed), wait_here.pending);
  }
  unsigned others = 0;
  for (;;) {
    const unsigned bits = co_await wait(x.hard_stop_us);
    others |= bits & ~static_cast<unsigned>(kPermitted);
    if (bits & kPermitted) break;
    if (bits & kDeadline) co_return Error{Code::gateway_overloaded, Fault::us, Again::same_target, ""};
  }
  if (others != 0) bell_.wake(others);
  x.permit = std::move(wait_here.pending->permit);
  co_return admitted_by(std::move(wait_here.pending->refusal));
}

// What the request is likely to use: its prompt as far as it was seen, and an answer as long as those before.
void Session::expect_usage(limits::Query& q) const {
  const Exchange& x = *x_;
  std::int64_t input = x.prompt_tokens;
  if (!x.request_in() && x.head.length > 0) {  // the rest streams by unseen
    const auto whole = static_cast<std::int64_t>(std::min<std::uint64_t>(x.head.length, INT64_MAX));
    input = std::max(input, wire::estimate_tokens(wire::Measured{{whole, 0, 0, 0}, 0}, q.model).value);
  }
  limits::Expected output;
  if (x.endpoint.api != wire::Api::openai_embeddings) output = worker_.limiter.expected_output(q, x.max_output);
  const auto mean = static_cast<std::int64_t>(std::ceil(output.mean));
  q.tokens = input + mean;
  q.output_mean = output.mean;
  q.output_ceiling = x.max_output;
  if (x.org->control->budgets.empty()) return;
  const auto expected = policy::expect_cost(listed_model(x.event.provider, q.paid), input, mean, q.unix_us);
  if (!expected) return;
  q.cost_nano = policy::nano_of(expected->cost);
  q.output_nano = expected->output_nano();
  q.cost_variance = output.variance * q.output_nano * q.output_nano;
}

void Session::limits_progress() {
  Exchange& x = *x_;
  const std::int64_t now = worker_.poller.now_us();
  if (now < x.next_progress_us) return;
  x.next_progress_us = now + kProgressUs;
  if (!x.event.streaming) return;
  const wire::Metered& seen = x.meter.seen();
  const std::string_view model = seen.model.empty() ? std::string_view{x.event.model_requested} : seen.model;
  const auto learned = calibrated(seen.measured, model);
  const std::int64_t produced = std::max(seen.usage.output, learned ? learned->value : wire::estimate_tokens(seen.measured, model).value);
  if (produced > 0) worker_.limiter.progress(x.permit, produced, limits::boot_us());
}

void Session::settle_limits() {
  Exchange& x = *x_;
  if (!x.permit) return;
  const Event& e = x.event;
  limits::Outcome outcome;
  outcome.reached_provider = x.reached;
  // Providers bill no errors of theirs. What timed out or broke off may well have been worked on: there the expectation stays, or what passed counts.
  const bool failed = x.ending == Ending::complete && e.status >= 400;
  if (e.tokens_input >= 0 || e.tokens_output >= 0)
    outcome.tokens = std::max<std::int64_t>(e.tokens_input, 0) + std::max<std::int64_t>(e.tokens_output, 0);
  else if (failed)
    outcome.tokens = 0;
  if (x.ending == Ending::complete && !failed) outcome.output = e.tokens_output;
  if (e.cost)
    outcome.cost_nano = policy::nano_of(*e.cost);
  else if (failed || !policy::costs(x.endpoint))
    outcome.cost_nano = 0;
  worker_.limiter.settle(x.permit, outcome, limits::boot_us());
}

void Session::describe_limit(wire::Refusal& refusal, std::string& text, std::string& lines) const {
  const limits::Refusal& why = *x_->refusal;
  if (why.retry_after_ms > 0) refusal.retry_after_ms = static_cast<int>(std::min<std::int64_t>(why.retry_after_ms, 60'000));
  if (why.requests) write_meter(lines, "requests", *why.requests);
  if (why.tokens) write_meter(lines, "tokens", *why.tokens);
  text.assign(refusal.message).append(why.ends_unix_us > 0 ? " Budget: " : " Limit: ").append(why.name).append(1, '.');
  if (why.ends_unix_us > 0 && refusal.hopeless) {
    const std::string ends = utc_text(why.ends_unix_us);
    text.append(" It begins anew at ").append(ends).append(1, '.');
    lines.append("x-lectr-budget-reset: ").append(ends).append("\r\n");
  }
  refusal.message = text;
}

}  // namespace lectr::proxy
