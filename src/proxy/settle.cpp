// What remains of an exchange: its row.
#include "lectr/base/clock.hpp"
#include "lectr/base/text.hpp"
#include "lectr/policy/price.hpp"
#include "lectr/telemetry/log.hpp"
#include "session.hpp"
#include "witness.hpp"
#include "worker.hpp"

namespace lectr::proxy {
namespace {

constexpr std::uint16_t kClientClosedRequest = 499;  // nginx's number for a client that left, known to every operator

}  // namespace

void WitnessDelete::operator()(Witness* witness) const noexcept { delete witness; }

ErrorCategory provider_error_category(const Exchange& x) noexcept {
  const unsigned status = x.event.status;
  if (x.metered && x.meter.seen().error != ErrorCategory::none) return x.meter.seen().error;
  return status == 429                    ? ErrorCategory::rate
         : status == 401 || status == 403 ? ErrorCategory::auth
         : status == 402                  ? ErrorCategory::money
         : status >= 500                  ? ErrorCategory::capacity
                                          : ErrorCategory::request;
}

void Session::settle() {
  Exchange& x = *x_;
  if (counted_exchange_) worker_.counters.exchanges.fetch_sub(1, std::memory_order_relaxed);
  counted_exchange_ = false;
  if (x.ending != Ending::complete && x.ending != Ending::refused) keep_ = false;
  if (x.ending == Ending::complete && !x.request_in()) {
    keep_ = false;
    unread_ = !x.tunnel;
  }
  // A length or chunks that never end speak for themselves; where the close is the only end there is, it must not look like one.
  break_off_ = (x.ending == Ending::provider_cut || x.ending == Ending::stalled || x.ending == Ending::cut_by_us) &&
               (client_->tls() || x.down_body.framing() == net::Framing::until_close);
  if (x.witness) settle_witness();
  release_upstream();
  if (x.head.size != 0) let_go_of_request();
  Event& e = x.event;
  if (e.org_id == 0) {
    if (x.ending != Ending::refused || !e.error_code.empty()) worker_.counters.unauthenticated.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if (x.ending == Ending::refused && e.status == 0) return;  // our own endpoints
  const std::int64_t now = mono_us();
  e.completed_at_us = worker_.poller.now_unix_us() + (now - worker_.poller.now_us());
  e.latency_us = now - x.began_us;
  e.bytes_in = static_cast<std::int64_t>(x.body_seen);
  if (x.metered) x.meter.finish();
  if (x.usage && x.usage->asked) add_note(e, "usage_asked");
  if (x.usage && x.usage->asked && e.streaming && e.status < 300 && (!x.usage->takes_out || x.usage->filter.gave_up()))
    add_note(e, "usage_not_taken_out");
  settle_verdict();
  settle_route();
  settle_tokens();
  settle_limits();
  if (x.metered) worker_.recycle(std::move(x.meter));
  worker_.queue.offer(e);
}

// A whole exchange alone tells: what was broken off need not have arrived.
void Session::settle_witness() {
  const Exchange& x = *x_;
  const Witness& w = *x.witness;
  if (x.ending != Ending::complete || !x.head_done) return;
  const bool up = w.watches_up && x.request_in() && !x.up_broken && x.up_pending.empty();
  if (!up && !w.watches_down) return;
  worker_.counters.compared.fetch_add(1, std::memory_order_relaxed);
  const bool same = (!up || w.up.same()) && (!w.watches_down || w.down.same());
  if (same) return;
  worker_.counters.mismatches.fetch_add(1, std::memory_order_relaxed);
  log::error("request " + x.event.id.to_text() + ": what left the gateway is not what came in; please report it");
}

void Session::release_upstream() noexcept {
  Exchange& x = *x_;
  if (!x.upstream) return;
  const bool clean = x.ending == Ending::complete && x.upstream_keep && x.request_in() && !x.up_broken && !x.upstream_eof && !worker_.draining();
  if (clean)
    worker_.upstreams.give_back(*x.target, std::move(x.upstream), worker_.poller.now_us());
  else
    x.upstream->close();
  x.upstream.reset();
}

void Session::settle_verdict() {
  Exchange& x = *x_;
  Event& e = x.event;
  if (x.ending == Ending::refused) return;  // described when it was refused
  const wire::Metered* seen = x.metered ? &x.meter.seen() : nullptr;
  const bool known_end = seen && e.streaming && x.endpoint.api != wire::Api::other && e.status < 300;
  switch (x.ending) {
    case Ending::client_gone:
      e.status = kClientClosedRequest;
      e.error_source = ErrorSource::client;
      e.error_category = ErrorCategory::client_gone;
      e.error_code = code_name(Code::client_gone);
      if (e.streaming || x.stream_body) e.verdict = Verdict::client_gone;
      return;
    case Ending::provider_cut:
      e.error_source = ErrorSource::provider;
      e.error_category = ErrorCategory::network;
      e.error_code = "provider_cut";
      if (e.streaming) e.verdict = Verdict::truncated;
      return;
    case Ending::cut_by_us:
      e.error_source = ErrorSource::proxy;
      e.error_category = ErrorCategory::capacity;
      e.error_code = "gateway_shutdown";
      if (e.streaming) e.verdict = Verdict::truncated;
      return;
    case Ending::stalled:
      e.error_source = ErrorSource::provider;
      e.error_category = ErrorCategory::timeout;
      e.error_code = code_name(Code::provider_timeout);
      if (e.streaming) e.verdict = Verdict::stalled;
      return;
    default: break;
  }
  if (e.status >= 400 || (seen && seen->error_event)) {
    e.error_source = ErrorSource::provider;
    e.error_category = provider_error_category(x);
    if (seen) e.error_code = seen->error_code;
  }
  if (!e.streaming || e.status >= 300) return;
  e.verdict = known_end && seen->malformed                           ? Verdict::malformed
              : known_end && !seen->terminator && !seen->error_event ? Verdict::truncated
                                                                     : Verdict::complete;
  if (e.verdict != Verdict::complete && e.error_source == ErrorSource::none) {
    e.error_source = ErrorSource::provider;
    e.error_category = ErrorCategory::protocol;
    e.error_code = e.verdict == Verdict::malformed ? "stream_malformed" : "stream_truncated";
  }
}

policy::ListedModel Session::listed_model(std::string_view provider, std::string_view model) const {
  const Exchange& x = *x_;
  const config::PriceTable &prices = *x.pin->snapshot->prices, *own = x.org->own_prices.get();
  const bool current = x.pin == worker_.pin();  // what an older snapshot listed is not kept
  return current ? worker_.prices.list(prices, own, provider, model) : policy::list_model(prices, own, provider, model);
}

// A whole stream whose text was all that it was billed for teaches what the model's text costs.
void Session::learn_tokens(const wire::Metered& seen, std::string_view model) {
  const Event& e = x_->event;
  if (!e.streaming || e.verdict != Verdict::complete || !seen.terminator || seen.measured.deltas == 0 || seen.usage.output <= 0) return;
  const bool may_hide = wire::estimate_tokens(seen.measured, model).high < 0;
  if (seen.usage.reasoning > 0 || (seen.usage.reasoning < 0 && may_hide) || seen.usage.audio_output > 0) return;
  worker_.calibrations.of(e.provider, model).learn(seen.measured, seen.usage.output);
}

std::optional<wire::TokenEstimate> Session::calibrated(const wire::Measured& measured, std::string_view model) {
  const wire::Calibration* const known = worker_.calibrations.known(x_->event.provider, model);
  auto estimate = known ? known->estimate(measured) : std::nullopt;
  if (estimate && wire::estimate_tokens(measured, model).high < 0) estimate->high = -1;  // what is thought unseen, no text tells
  return estimate;
}

void Session::settle_tokens() {
  Exchange& x = *x_;
  Event& e = x.event;
  if (!x.metered) return;
  const wire::Metered& seen = x.meter.seen();
  if (!seen.model.empty()) e.model_actual = cut_utf8(seen.model, kMaxModel);
  const wire::Usage& u = seen.usage;
  policy::CostQuery query;
  query.provider = e.provider;
  query.model = e.model_actual.empty() ? e.model_requested : e.model_actual;
  query.usage = u;
  query.service_tier = seen.service_tier;
  query.at_us = e.completed_at_us;
  e.tokens_input = u.input;
  e.tokens_output = u.output;
  e.tokens_cached = u.cached;
  e.tokens_cache_write = u.cache_write;
  e.tokens_reasoning = u.reasoning;
  if (u.audio_input >= 0 || u.audio_output >= 0)
    e.tokens_audio = std::max<std::int64_t>(u.audio_input, 0) + std::max<std::int64_t>(u.audio_output, 0);
  const bool cut_short = e.verdict == Verdict::client_gone || e.verdict == Verdict::truncated || e.verdict == Verdict::stalled;
  if (u.any()) e.token_source = TokenSource::provider;
  learn_tokens(seen, query.model);
  // A stream without (final) usage: what passed is counted and said to be counted.
  if (seen.measured.deltas > 0 && (u.output < 0 || (cut_short && !seen.terminator))) {
    const auto learned = calibrated(seen.measured, query.model);
    const wire::TokenEstimate estimate = learned ? *learned : wire::estimate_tokens(seen.measured, query.model);
    if (estimate.value > u.output) {
      if (learned) add_note(e, "calibrated");
      e.token_source = TokenSource::measured;
      e.tokens_output = estimate.value;
      e.tokens_output_low = estimate.low;
      e.tokens_output_high = estimate.high;
      query.usage.output = -1;
      query.output_estimate = estimate;
    }
  }
  if (e.token_source == TokenSource::measured && u.input < 0 && x.prompt.total() > 0) {
    query.input_estimate = wire::estimate_tokens(x.prompt, query.model);
    // Tools and framing come on top: the whole body, read as text, bounds them. Nothing bounds an image that is only named.
    const wire::TokenEstimate whole = wire::estimate_tokens(wire::Measured{{e.bytes_in, 0, 0, 0}, 0}, query.model);
    query.input_estimate.high = x.unseen_input ? -1 : std::max({query.input_estimate.high, whole.value * 27 / 20, whole.high});
    e.tokens_input = query.input_estimate.value;
  }
  if (e.token_source == TokenSource::none) return;
  const config::PriceTable &prices = *x.pin->snapshot->prices, *own = x.org->own_prices.get();
  const policy::ListedModel listed = listed_model(query.provider, query.model);
  const policy::Cost cost = policy::price(prices, query, listed);
  e.cost = cost.value;
  e.cost_low = cost.low;
  e.cost_high = cost.high;
  e.cost_source = cost.source;
  e.price_version = cost.source == CostSource::org_override ? own->version : prices.version;
  if (e.verdict != Verdict::client_gone || x.max_output <= e.tokens_output) return;
  // At most what was still allowed to come: the price of the whole allowance less that of what came.
  policy::CostQuery whole = query;
  whole.usage.output = x.max_output;
  whole.output_estimate = {};
  const policy::Cost allowed = policy::price(prices, whole, listed);
  if (allowed.high && cost.low && *allowed.high > *cost.low) e.saved_high = Money{allowed.high->femto - cost.low->femto};
}

}  // namespace lectr::proxy
