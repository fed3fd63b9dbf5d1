// All that one request and its response need while they pass: made when a request's head is in, gone when its event is out.
#pragma once

#include <array>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lectr/base/event.hpp"
#include "lectr/base/secret.hpp"
#include "lectr/config/snapshot.hpp"
#include "lectr/limits/limiter.hpp"
#include "lectr/net/buffer.hpp"
#include "lectr/net/framing.hpp"
#include "lectr/net/head.hpp"
#include "lectr/net/upstreams.hpp"
#include "lectr/policy/detect.hpp"
#include "lectr/wire/decoder.hpp"
#include "lectr/wire/endpoint.hpp"
#include "lectr/wire/meter.hpp"
#include "lectr/wire/peek.hpp"
#include "lectr/wire/stream_usage.hpp"

namespace lectr::proxy {

// A worker's hold on the snapshot, counted without atomics: exchanges pin it many thousand times a second.
struct PinnedSnapshot : boost::intrusive_ref_counter<PinnedSnapshot, boost::thread_unsafe_counter> {
  explicit PinnedSnapshot(std::shared_ptr<const config::Snapshot> s) : snapshot{std::move(s)} {}
  std::shared_ptr<const config::Snapshot> snapshot;
};
using SnapshotPin = boost::intrusive_ptr<const PinnedSnapshot>;

// What of a request's own fields decides about it; views into Exchange::request.
struct Credentials {
  std::string_view org_key;       // X-Lectr-Key, or an lc_ key in a credential field
  std::string_view provider_key;  // what the client wants the provider to see
  policy::CredentialHeader header = policy::CredentialHeader::none;
};

// Where a stream's usage is asked for in the client's place (exact_stream_usage).
struct AskedUsage {
  bool asked = false;      // of the target at hand
  bool judged = false;     // its answer 400 is not about that
  bool refused = false;    // it is, and the request goes once more as it came
  bool takes_out = false;  // its answer has what is to be taken out again
  std::string payload;     // of a chunked request body, which is sent by its length once it is changed
  wire::UsageFilter filter;
};

// A changed body's parts: what stays, what is new, in turn. Empty ones at the end.
using SplicedBody = std::array<std::string_view, 5>;

struct Witness;  // witness.hpp
struct WitnessDelete {
  void operator()(Witness* witness) const noexcept;
};
struct Routing;  // routing.hpp
struct RoutingDelete {
  void operator()(Routing* routing) const noexcept;
};

// How an exchange ended, as far as the relay can tell.
enum class Ending : std::uint8_t {
  open,          // still under way
  complete,      // a whole response reached the client
  refused,       // we answered
  client_gone,   // the client left or stopped taking bytes
  provider_cut,  // the provider broke off after its head had gone to the client
  stalled,       // the provider fell silent after that
  cut_by_us,     // the drain deadline came first
};

struct Exchange {
  Event event;
  SnapshotPin pin;
  const config::Org* org = nullptr;                          // of the pinned snapshot; null until admitted
  std::int64_t began_us = 0, sent_us = 0, hard_stop_us = 0;  // monotonic

  // The request. Bytes are held from the head on, until the response begins: a stale connection may be tried again.
  net::ByteBuffer request;
  net::RequestHead head;
  wire::Endpoint endpoint;
  net::BodyScan up_body;      // where the client's body ends
  std::size_t body_seen = 0;  // bytes of it that came in
  bool debug = false, answered_continue = false, client_is_10 = false, to_head = false, wants_upgrade = false;
  std::int64_t max_output = -1;
  wire::Measured prompt;
  std::int64_t prompt_tokens = 0;  // estimated from it, where rules, limits or budgets may want to know
  bool unseen_input = false;       // images, files or audio of a length that is not known
  std::int64_t patience_us = 0;    // what the client said it waits; 0: nothing
  std::optional<Error> broken;     // the head was refused

  // What it holds of limits and budgets, until it ends; or which of them refused it.
  limits::Permit permit;
  std::unique_ptr<limits::Refusal> refusal;
  bool downgraded = false;  // a budget let only a cheaper model go
  std::int64_t next_progress_us = 0;

  // Towards the provider.
  const config::Provider* provider = nullptr;
  net::UpstreamTarget* target = nullptr;
  net::LinkPtr upstream;
  std::string out_head;
  std::size_t out_sent = 0;    // of out_head and the held body together
  net::ByteBuffer up_pending;  // streamed body bytes the provider did not take at once
  bool reached = false;        // a provider was connected to: it may have seen something of the request
  bool reused = false, upstream_ready = false, client_ready = false, tunnel = false;
  bool up_broken = false;  // the provider takes no more of the request; it may still have answered
  bool held = true;        // the whole request can be sent again
  // Only where a rule is in force.
  std::unique_ptr<Routing, RoutingDelete> routing;
  bool spliced = false;  // the held body goes out as `spliced_body`
  SplicedBody spliced_body;
  bool may_ask_usage = false, has_stream_options = false;  // the org wants exact usage, and the client did not ask for it
  std::unique_ptr<AskedUsage> usage;                       // only where it was asked for

  // The response.
  net::ByteBuffer early;  // an incomplete response head
  net::BodyScan down_body;
  net::ByteBuffer down_pending;  // bytes the client did not take at once
  wire::ResponseMeter meter;
  std::unique_ptr<wire::BodyDecoder> decoder;
  bool metered = false, head_done = false, upstream_eof = false, upstream_keep = false, any_response_byte = false, dechunk = false,
       stream_body = false;
  std::uint8_t interim = 0;  // 1xx responses seen
  Ending ending = Ending::open;
  std::unique_ptr<Witness, WitnessDelete> witness;  // of one exchange in many

  std::string_view held_body() const noexcept { return request.view().substr(head.size); }
  std::string_view out_part(std::size_t i) const noexcept {
    return i == 0 ? std::string_view{out_head} : spliced ? spliced_body[i - 1] : i == 1 ? held_body() : std::string_view{};
  }
  std::size_t held_size() const noexcept {
    if (!spliced) return out_head.size() + held_body().size();
    std::size_t size = out_head.size();
    for (const std::string_view piece : spliced_body) size += piece.size();
    return size;
  }
  bool held_sent() const noexcept { return out_sent == held_size(); }
  bool request_in() const noexcept { return up_body.state() == net::BodyScan::State::done; }
  bool request_sent() const noexcept { return head_done || (held_sent() && up_pending.empty() && request_in()); }
};

// A word of a row's notes.
inline void add_note(Event& e, std::string_view word) {
  if (!e.notes.empty()) e.notes += ' ';
  e.notes += word;
}

}  // namespace lectr::proxy
