#include "app/demo/recorder.hpp"

#include <nlohmann/json.hpp>

#include "lectr/base/clock.hpp"

namespace lectr::demo {
namespace {

nlohmann::json digest_json(std::size_t length, std::string hex) { return {{"length", length}, {"sha256", std::move(hex)}}; }
nlohmann::json digest_json(const Digest& digest) { return digest_json(digest.length(), digest.hex()); }

const char* phase_name(Phase phase) noexcept {
  constexpr const char* kNames[] = {"upload", "waiting", "answering"};
  return kNames[static_cast<std::size_t>(phase)];
}

// Peers' bytes may be no UTF-8; they are shown with replacement characters, their digest tells the truth.
std::string dump(const nlohmann::json& value) { return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

}  // namespace

void Recorder::keep(MockRequest& request, std::uint64_t number, std::uint64_t connection) {
  totals.bytes_in.fetch_add(request.raw_head.size() + request.body.length(), std::memory_order_relaxed);
  const std::string_view tag = request.header("x-mock-tag");
  const std::lock_guard lock{mutex_};
  Kept* slot = &last_;
  if (!tag.empty()) {
    if (tagged_.size() >= kTags && !tagged_.contains(tag)) tagged_.erase(tagged_.begin());
    slot = &tagged_[std::string{tag}];
  }
  slot->number = number;
  slot->connection = connection;
  slot->at_ms = unix_us() / 1000;
  std::swap(slot->request, request);
  request.clear();
}

void Recorder::disconnected(std::uint64_t number, std::string_view target, std::string_view tag, Phase phase) {
  totals.disconnects.fetch_add(1, std::memory_order_relaxed);
  const std::lock_guard lock{mutex_};
  if (left_.size() >= kLeft) left_.pop_front();
  left_.push_back({number, unix_us() / 1000, std::string{target}, std::string{tag}, phase});
}

void Recorder::reset() {
  const std::lock_guard lock{mutex_};
  for (auto* counter : {&totals.requests, &totals.connections, &totals.streams, &totals.frames, &totals.bytes_in, &totals.bytes_out, &totals.leaks,
                        &totals.unauthorized, &totals.malformed, &totals.disconnects})
    counter->store(0, std::memory_order_relaxed);
  last_ = {};
  tagged_.clear();
  left_.clear();
}

std::string Recorder::stats_json() const {
  nlohmann::json stats{{"requests", totals.requests.load()},     {"connections", totals.connections.load()},
                       {"open_connections", totals.open.load()}, {"active", totals.active.load()},
                       {"streams", totals.streams.load()},       {"frames", totals.frames.load()},
                       {"bytes_in", totals.bytes_in.load()},     {"bytes_out", totals.bytes_out.load()},
                       {"leaks", totals.leaks.load()},           {"unauthorized", totals.unauthorized.load()},
                       {"malformed", totals.malformed.load()},   {"disconnects", totals.disconnects.load()}};
  stats["now_ms"] = unix_us() / 1000;
  auto& list = stats["disconnected"] = nlohmann::json::array();
  const std::lock_guard lock{mutex_};
  for (const Left& left : left_)
    list.push_back({{"request", left.number}, {"at_ms", left.at_ms}, {"target", left.target}, {"tag", left.tag}, {"phase", phase_name(left.phase)}});
  return dump(stats);
}

std::string Recorder::last_json(std::string_view tag) const {
  const std::lock_guard lock{mutex_};
  const auto found = tagged_.find(tag);
  if (!tag.empty() && found == tagged_.end()) return "null";
  const Kept& kept = tag.empty() ? last_ : found->second;
  if (kept.number == 0) return "null";
  const MockRequest& request = kept.request;
  Digest head;
  head.append(request.raw_head);
  auto headers = nlohmann::json::array();
  for (const Field& field : request.fields()) headers.push_back({field.name, field.value});
  return dump({{"number", kept.number},
               {"connection", kept.connection},
               {"at_ms", kept.at_ms},
               {"method", request.method},
               {"target", request.target},
               {"version", request.version},
               {"headers", std::move(headers)},
               {"head", digest_json(head)},
               {"body", digest_json(request.body)},
               {"chunked", request.chunked},
               {"wire", digest_json(request.chunked ? request.wire : request.body)}});
}

}  // namespace lectr::demo
