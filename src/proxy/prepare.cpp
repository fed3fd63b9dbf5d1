// An exchange up to its first byte to the provider: who asks, for what, where it goes.
#include <algorithm>
#include <charconv>

#include "lectr/base/clock.hpp"
#include "lectr/base/text.hpp"
#include "lectr/policy/authenticate.hpp"
#include "outgoing.hpp"
#include "routing.hpp"
#include "session.hpp"
#include "splice.hpp"
#include "worker.hpp"

namespace lectr::proxy {
namespace {

using net::FieldId;

constexpr std::size_t kFeatureCharacters = 100;
constexpr std::size_t kPeekDecoded = 8u << 20;  // of a compressed request body
constexpr std::size_t kReadAhead = 256 * 1024;  // of a request body at a time

std::int64_t us(std::chrono::milliseconds d) noexcept { return std::chrono::microseconds{d}.count(); }

constexpr Error by_client(Code code, const char* what = "") { return {code, Fault::client, Again::no, what}; }

constexpr Error kMalformedChunks = by_client(Code::invalid_request, "The request's chunked body is malformed.");

std::string_view without_bearer(std::string_view value) noexcept {
  return istarts_with(value, "bearer ") ? trim(value.substr(7)) : std::string_view{};
}

std::int64_t number(std::string_view text) noexcept {
  std::int64_t value = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  return bad == std::errc{} && end != text.data() && value >= 0 ? value : -1;
}

// Text for a row: at most `characters` long, valid UTF-8 without control characters, whatever a client sent.
std::string tag(std::string_view value, std::size_t characters) {
  if (value.size() <= characters && std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c != 0x7F; })) return std::string{value};
  std::string out;
  std::size_t count = 0;
  for (std::size_t i = 0; i < value.size() && count < characters; ++count) {
    const auto lead = static_cast<unsigned char>(value[i]);
    const std::size_t size = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
    bool valid = size > 0 && i + size <= value.size() && lead >= 0x20 && lead != 0x7F;
    for (std::size_t k = 1; valid && k < size; ++k) valid = (static_cast<unsigned char>(value[i + k]) & 0xC0) == 0x80;
    if (valid && size == 3)
      valid =
          !(lead == 0xE0 && static_cast<unsigned char>(value[i + 1]) < 0xA0) && !(lead == 0xED && static_cast<unsigned char>(value[i + 1]) >= 0xA0);
    if (valid && size == 4)
      valid =
          !(lead == 0xF0 && static_cast<unsigned char>(value[i + 1]) < 0x90) && !(lead == 0xF4 && static_cast<unsigned char>(value[i + 1]) >= 0x90);
    if (valid)
      out.append(value.substr(i, size));
    else
      out.push_back('?');
    i += valid ? size : 1;
  }
  return out;
}

Credentials find_credentials(const Exchange& x) noexcept {
  constexpr net::FieldSet kLookedAt =
      net::field_set(FieldId::lectr_key, FieldId::authorization, FieldId::x_api_key, FieldId::api_key, FieldId::x_goog_api_key);
  Credentials who;
  const std::string_view bytes = x.request.view();
  for (const net::Field& f : x.head.fields) {
    if (!net::in_set(kLookedAt, f.id)) continue;
    std::string_view value = x.head.value(bytes, f);
    policy::CredentialHeader header = policy::CredentialHeader::none;
    switch (f.id) {
      case FieldId::lectr_key: who.org_key = value; continue;
      case FieldId::authorization:
        header = policy::CredentialHeader::bearer;
        value = without_bearer(value);
        break;
      case FieldId::x_api_key: header = policy::CredentialHeader::x_api_key; break;
      case FieldId::api_key: header = policy::CredentialHeader::api_key; break;
      case FieldId::x_goog_api_key: header = policy::CredentialHeader::x_goog_api_key; break;
      default: continue;
    }
    if (value.starts_with("lc_")) {
      if (who.org_key.empty()) who.org_key = value;
    } else if (!value.empty() && who.header == policy::CredentialHeader::none) {
      who.provider_key = value;
      who.header = header;
    }
  }
  if (who.header != policy::CredentialHeader::none) return who;
  const std::string_view target = x.head.target(bytes);
  if (target.find("?key=") != std::string_view::npos || target.find("&key=") != std::string_view::npos)
    who.header = policy::CredentialHeader::query_key;
  return who;
}

// A key for one provider, sent along for when a route needs it (X-Lectr-Provider-Key-<provider>).
std::string_view key_sent_for(const Exchange& x, std::string_view provider) noexcept {
  constexpr std::string_view kPrefix = "x-lectr-provider-key-";
  for (const net::Field& f : x.head.fields)
    if (f.id == FieldId::lectr_provider_key && iequals(x.head.name(x.request.view(), f).substr(kPrefix.size()), provider))
      return x.head.value(x.request.view(), f);
  return {};
}

void describe_refusal(Event& e, const Error& error, unsigned status) {
  e.status = static_cast<std::uint16_t>(status);
  e.error_code = code_name(error.code);
  e.error_source = error.fault == Fault::provider        ? ErrorSource::provider
                   : error.code == Code::request_timeout ? ErrorSource::client
                                                         : ErrorSource::proxy;
  switch (error.code) {
    case Code::provider_unreachable: e.error_category = ErrorCategory::network; break;
    case Code::provider_bad_response: e.error_category = ErrorCategory::protocol; break;
    case Code::provider_timeout:
    case Code::request_timeout: e.error_category = ErrorCategory::timeout; break;
    case Code::missing_lectr_key:
    case Code::invalid_lectr_key:
    case Code::org_disabled:
    case Code::missing_provider_key: e.error_category = ErrorCategory::auth; break;
    case Code::gateway_overloaded: e.error_category = ErrorCategory::capacity; break;
    case Code::rate_limit_exceeded:
    case Code::token_limit_exceeded:
    case Code::concurrent_streams_exceeded: e.error_category = ErrorCategory::rate; break;
    case Code::budget_exceeded:
    case Code::budget_reserved: e.error_category = ErrorCategory::money; break;
    case Code::internal: e.error_category = ErrorCategory::internal; break;
    default: e.error_category = ErrorCategory::request;
  }
}

// Refusals of keys and providers have their texts for people; what failed in an exchange is said by whoever saw it.
bool tells_more(const Error& error) noexcept {
  switch (error.code) {
    case Code::missing_lectr_key:
    case Code::invalid_lectr_key:
    case Code::org_disabled:
    case Code::missing_provider_key:
    case Code::invalid_provider:
    case Code::azure_config_missing: return false;
    default: return *error.what != '\0';
  }
}

// Lets a peek see a body's payload: out of its chunks, decoded where it is coded.
class BodyLook {
 public:
  BodyLook(const Exchange& x, wire::RequestPeek& peek) : peek_{peek} {
    if (const net::Field* coding = x.head.find(FieldId::content_encoding))
      decoder_ = wire::BodyDecoder::make(x.head.value(x.request.view(), *coding), kPeekDecoded);
    scan_.start(x.head.framing, x.head.length);
  }
  void at(std::string_view bytes, std::vector<std::string_view>& pieces, std::span<char> scratch) {
    pieces.clear();
    scan_.feed(bytes, &pieces);
    for (const std::string_view piece : pieces) {
      if (decoder_)
        decoder_->feed(piece, scratch, [this](std::string_view decoded) { peek_.feed(decoded); });
      else
        peek_.feed(piece);
    }
  }
  bool blind() const noexcept { return decoder_ && decoder_->broken(); }

 private:
  wire::RequestPeek& peek_;
  net::BodyScan scan_;
  std::unique_ptr<wire::BodyDecoder> decoder_;
};

}  // namespace

// Providers on the operator's own machines need no key; all others would only answer 401 themselves.
bool needs_key(const config::Provider& p) noexcept { return p.auth != config::AuthStyle::bearer || !p.key_prefixes.empty() || !p.key_shapes.empty(); }

const config::Provider& provider_at(const Exchange& x, config::ProviderIndex at) noexcept {
  for (std::size_t i = 0; i < x.org->own_bases.size(); ++i)
    if (x.org->own_bases[i] == at) return x.org->own_providers[i];
  return x.pin->snapshot->registry->providers[at];
}

std::string_view credential_for(const Exchange& x, const Credentials& who, std::string_view provider) noexcept {
  if (!who.provider_key.empty() || who.header == policy::CredentialHeader::query_key) return who.provider_key;
  if (const std::string_view sent = key_sent_for(x, provider); !sent.empty()) return sent;
  const auto own = x.org->credentials.find(std::string{provider});
  return own == x.org->credentials.end() ? std::string_view{} : own->second.reveal();
}

// What is returned in place of success is answered by the caller; Code::none: it has been answered already.
net::Task<Result<void>> Session::prepare() {
  Exchange& x = *x_;
  const config::Bounds& bounds = worker_.settings.bounds;
  worker_.counters.requests.fetch_add(1, std::memory_order_relaxed);
  counted_exchange_ = true;
  const std::uint64_t in_flight = worker_.counters.exchanges.fetch_add(1, std::memory_order_relaxed);
  if (x.broken) co_return *x.broken;
  const std::string_view method = x.head.method(x.request.view()), target = x.head.target(x.request.view());
  keep_ = x.head.keep_alive && !worker_.draining();
  x.client_is_10 = x.head.version == 10;
  x.to_head = method == "HEAD";
  x.wants_upgrade = x.head.upgrade_websocket && !x.client_is_10 && method == "GET";
  x.hard_stop_us = x.began_us + us(worker_.settings.deadlines.total);
  if (own_endpoint(target)) {
    co_await answer_own_endpoint(target);
    co_return Error{Code::none};
  }
  classify();
  read_tags();
  Credentials who;
  if (const auto admitted = admit(who); !admitted) co_return admitted.error();
  if (in_flight >= bounds.exchanges) co_return Error{Code::gateway_overloaded, Fault::us, Again::same_target, ""};
  if (std::max(x.head.length, x.up_body.announced()) > bounds.body_bytes) co_return by_client(Code::request_too_large);
  if (const auto open = check_limits(); !open) co_return open.error();
  wire::RequestPeek peek = worker_.spare_peek();
  const char* const place = x.request.data();
  const auto read = co_await read_body(peek);
  if (!read) co_return read.error();
  if (x.request.data() != place) {  // the bytes moved while the body came in, and all views into them
    who = find_credentials(x);
    classify();
  }
  const auto routed = route(who, peek.seen());
  worker_.recycle(std::move(peek));
  if (!routed) co_return routed;
  bool must_wait = false;
  auto taken = take_limits(must_wait);
  if (must_wait) taken = co_await await_limits();
  co_return taken;
}

bool Session::own_endpoint(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  return path == "/health" || path == "/ready";
}

net::Task<void> Session::answer_own_endpoint(std::string_view target) {
  const bool ready_path = target.starts_with("/ready");
  const bool ready = !worker_.draining();
  std::string body = ready_path ? (ready ? R"({"status":"ready"})" : R"({"status":"draining"})")
                                : R"({"status":"ok","worker":)" + std::to_string(worker_.index) + R"(,"event_queue_depth":)" +
                                      std::to_string(worker_.queue.depth()) + "}";
  const unsigned status = ready_path && !ready ? 503 : 200;
  keep_ = keep_ && x_->request_in();
  unread_ = !x_->request_in();
  std::string out = "HTTP/1.1 " + std::to_string(status) + " " + std::string{reason_phrase(status)} +
                    "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                    (keep_ ? x_->client_is_10 ? "\r\nConnection: keep-alive" : "" : "\r\nConnection: close") + "\r\n\r\n" + (x_->to_head ? "" : body);
  x_->ending = Ending::refused;  // not a provider's: it leaves no row
  const bool told = co_await flush(out);
  if (!told) keep_ = false;
}

void Session::classify() {
  Exchange& x = *x_;
  const std::string_view bytes = x.request.view();
  x.endpoint = wire::classify(x.head.method(bytes), x.head.target(bytes));
  // GET /v1/models and its like are everybody's path; whoever names Anthropic's version reads Anthropic's errors.
  if (x.endpoint.owner == wire::PathOwner::shared && x.head.find(FieldId::anthropic_version)) x.endpoint.error_shape = wire::ErrorShape::anthropic;
}

void Session::read_tags() {
  Exchange& x = *x_;
  const std::string_view bytes = x.request.view();
  Event& e = x.event;
  e.method = x.head.method(bytes).substr(0, 16);
  e.endpoint = x.endpoint.label;
  constexpr net::FieldSet kLookedAt = net::field_set(FieldId::lectr_feature, FieldId::lectr_task, FieldId::lectr_debug, FieldId::client_retry_count,
                                                     FieldId::client_timeout, FieldId::traceparent);
  for (const net::Field& f : x.head.fields) {
    if (!net::in_set(kLookedAt, f.id)) continue;
    const std::string_view value = x.head.value(bytes, f);
    switch (f.id) {
      case FieldId::lectr_feature: e.feature = tag(value, kFeatureCharacters); break;
      case FieldId::lectr_task: e.task = cut_utf8(tag(value, kMaxTask), kMaxTask); break;
      case FieldId::lectr_debug: x.debug = value == "1"; break;
      case FieldId::client_retry_count: e.client_retry = static_cast<std::uint8_t>(std::clamp<std::int64_t>(number(value), 0, 255)); break;
      case FieldId::client_timeout:
        if (const std::int64_t seconds = number(value); seconds > 0 && seconds < 1'000'000) x.patience_us = seconds * 1'000'000;
        break;
      case FieldId::traceparent:
        if (!net::in_set(x.head.repeated, f.id)) e.trace = parse_traceparent(value);  // two of them say nothing
        break;
      default: break;
    }
  }
  if (e.feature.empty()) e.feature = "untagged";
}

Result<void> Session::admit(Credentials& who) {
  Exchange& x = *x_;
  who = find_credentials(x);
  if (who.org_key.empty()) return by_client(Code::missing_lectr_key);
  const auto caller = policy::authenticate(*x.pin->snapshot, key_.digest(who.org_key, [this](std::string_view key) { return worker_.digest(key); }));
  if (!caller) return caller.error();
  x.org = caller->org;
  x.event.org_id = caller->org->id;
  x.event.key_id = caller->key;
  x.event.id = worker_.ids.next(worker_.poller.now_unix_us() / 1000);
  return {};
}

// Reads as much of the body as the peek wants, and lets it look. Endpoints whose body names no model are not held up.
net::Task<Result<void>> Session::read_body(wire::RequestPeek& peek) {
  Exchange& x = *x_;
  if (x.up_body.state() == net::BodyScan::State::bad) co_return kMalformedChunks;
  if (x.head.expect_continue && x.body_seen == 0 && !x.request_in()) {
    x.answered_continue = true;
    const bool told = co_await flush("HTTP/1.1 100 Continue\r\n\r\n");
    if (!told) {
      x.ending = Ending::client_gone;
      co_return by_client(Code::client_gone);
    }
  }
  const bool looks = x.endpoint.body_model != wire::BodyModel::none && x.head.framing != net::Framing::none;
  const net::Field* type = x.head.find(FieldId::content_type);
  peek.start(looks ? x.endpoint.body_model : wire::BodyModel::none, type ? x.head.value(x.request.view(), *type) : std::string_view{});
  if (!looks) co_return Result<void>{};
  BodyLook look{x, peek};
  look.at(x.held_body(), worker_.pieces, worker_.joined);
  while (!x.request_in() && x.held_body().size() < worker_.settings.bounds.peek_bytes) {
    const std::size_t before = x.request.size();
    const auto more = read_more_body();
    if (!more) co_return more.error();
    if (x.request.size() > before) {
      look.at(x.request.view().substr(before), worker_.pieces, worker_.joined);
      continue;
    }
    client_->watch_read();
    const std::int64_t deadline = std::min(mono_us() + us(worker_.settings.deadlines.body), x.hard_stop_us);
    const unsigned bits = co_await wait(deadline);
    if (bits & kDeadline) co_return by_client(Code::request_timeout, "The request's body did not arrive in time.");
  }
  if (!x.request_in()) co_return Result<void>{};
  peek.finish();
  co_return check_model(peek.seen(), look.blind());
}

// One read into the held request. Nothing there: nothing changes.
Result<void> Session::read_more_body() {
  Exchange& x = *x_;
  const bool exact = x.head.framing == net::Framing::length;  // then the bytes land where they stay
  const std::size_t want = exact ? static_cast<std::size_t>(std::min<std::uint64_t>(x.up_body.left(), kReadAhead)) : Worker::kBuffer;
  const std::span<char> room = exact ? x.request.room(want).first(want) : std::span<char>{worker_.buffer};
  const net::IoResult got = client_->read(room);
  if (got.state == net::IoState::again) return {};
  if (got.state != net::IoState::ok) {
    x.ending = Ending::client_gone;
    return by_client(Code::client_gone);
  }
  const std::string_view came{room.data(), got.bytes};
  const std::size_t body = x.up_body.feed(came, nullptr);
  x.body_seen += body;
  if (x.up_body.state() == net::BodyScan::State::bad) return kMalformedChunks;
  if (x.up_body.announced() > worker_.settings.bounds.body_bytes) return by_client(Code::request_too_large);
  if (exact) {
    x.request.commit(body);
  } else {
    x.request.append(came.substr(0, body));
    carry_.append(came.substr(body));
  }
  return {};
}

// `blind`: the body is coded in a way that can't be decoded here, so the provider is left to judge it.
Result<void> Session::check_model(const wire::Peeked& seen, bool blind) const {
  if (!x_->endpoint.needs_model || blind) return {};
  if (seen.malformed) return by_client(Code::invalid_request, "The request's body is not well-formed.");
  if (!seen.has_model && x_->endpoint.path_model.empty()) return by_client(Code::invalid_request, "The request's body names no model.");
  return {};
}

Result<void> Session::route(const Credentials& who, const wire::Peeked& seen) {
  Exchange& x = *x_;
  const config::Snapshot& snapshot = *x.pin->snapshot;
  const std::string_view bytes = x.request.view();
  const std::string_view model = seen.has_model ? seen.model : x.endpoint.path_model;
  x.event.model_requested = cut_utf8(tag(model, kMaxModel), kMaxModel);
  x.max_output = seen.max_output;
  x.prompt = seen.prompt;
  if (x.org->control) x.prompt_tokens = std::max<std::int64_t>(wire::estimate_tokens(x.prompt, model).value, 0);
  x.stream_body = seen.stream == wire::Tri::yes || x.endpoint.streams_by_path;
  if (x.org->exact_stream_usage) {
    const bool has_usage = x.endpoint.api == wire::Api::openai_chat || x.endpoint.api == wire::Api::openai_completions;
    x.may_ask_usage = has_usage && seen.stream == wire::Tri::yes && seen.include_usage != wire::Tri::yes && !seen.malformed && x.request_in() &&
                      is_editable(x) && !is_form(x);
    x.has_stream_options = seen.has_stream_options;
  }

  policy::DetectQuery query;
  const net::Field* named = x.head.find(FieldId::lectr_provider);
  if (named) query.override_name = x.head.value(bytes, *named);
  query.endpoint = &x.endpoint;
  query.model = model;
  query.credential = who.provider_key;
  query.credential_header = who.header;
  x.unseen_input = seen.unseen_input;
  query.anthropic_version = x.head.has(FieldId::anthropic_version);
  query.own_bases = x.org->own_bases;
  query.own_models = x.org->own_models;
  const auto found = policy::detect(*snapshot.registry, query);
  if (!found) return found.error();
  if (found->by == policy::DetectedBy::nothing) x.event.notes = "provider_unknown";
  if (x.org->control) x.event.control_version = x.org->control_version;
  if ((x.org->rules || x.org->downgrades) && follow_rules(query, found->provider, who, seen)) {
    x.held = true;  // until bytes pass that are not kept
    return aim_at_first();
  }
  OutgoingAuth out;
  if (x.may_ask_usage) change_request(provider_at(x, found->provider), {}, out);
  const auto aimed = aim(found->provider, who, out);
  x.held = x.request_in();
  return aimed;
}

// The same provider once more, the request made anew from what the client sent.
Result<void> Session::aim_again() {
  Exchange& x = *x_;
  if (x.routing) return aim_at(x.routing->at);
  const std::vector<config::Provider>& all = x.pin->snapshot->registry->providers;
  const auto at = std::find_if(all.begin(), all.end(), [&](const config::Provider& p) { return p.name == x.provider->name; });
  OutgoingAuth out;
  change_request(*x.provider, {}, out);
  return aim(static_cast<config::ProviderIndex>(at - all.begin()), find_credentials(x), out);
}

// Makes a provider the exchange's own, and the head that it gets.
Result<void> Session::aim(config::ProviderIndex at, const Credentials& who, OutgoingAuth& out) {
  Exchange& x = *x_;
  x.provider = &provider_at(x, at);
  x.event.provider = x.provider->name;
  policy::DetectQuery query;
  query.endpoint = &x.endpoint;
  query.anthropic_version = x.head.find(FieldId::anthropic_version) != nullptr;
  out.org_key = who.org_key;
  out.sent = query.credential_header = who.header;
  out.credential = query.credential = credential_for(x, who, x.provider->name);
  if (who.provider_key.empty() && who.header != policy::CredentialHeader::query_key) {
    if (out.credential.empty() && needs_key(*x.provider) && !x.wants_upgrade) return by_client(Code::missing_provider_key);
    query.credential_header = policy::CredentialHeader::none;
  }
  out.plan = policy::plan_auth(*x.provider, query);
  x.out_head.clear();
  write_request_head(x.out_head, x, out);
  return {};
}

net::Task<void> Session::refuse(Error error) {
  Exchange& x = *x_;
  wire::Refusal refusal = wire::refusal_for(error.code);
  if (tells_more(error)) refusal.message = error.what;
  describe_refusal(x.event, error, refusal.status);
  x.ending = Ending::refused;
  unread_ = !x.request_in();
  keep_ = keep_ && !unread_;
  std::string debug, text;
  if (x.refusal) describe_limit(refusal, text, debug);
  if (x.debug && x.event.org_id != 0) write_debug_lines(debug, x.event);
  std::string out;
  write_refusal(out, refusal, x.endpoint.error_shape, x.to_head, keep_, debug);
  x.event.bytes_out = static_cast<std::int64_t>(out.size() - std::min(out.size(), out.find("\r\n\r\n") + 4));
  const bool told = co_await flush(out);
  if (!told) keep_ = false;
}

}  // namespace lectr::proxy
