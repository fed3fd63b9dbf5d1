#include "lectr/wire/meter.hpp"

#include <algorithm>
#include <cstring>

#include "lectr/base/text.hpp"
#include "wire/error_codes.hpp"
#include "wire/json_scan.hpp"
#include "wire/meter_paths.hpp"
#include "wire/names.hpp"
#include "wire/numbers.hpp"
#include "wire/sse_scan.hpp"

namespace lectr::wire {
namespace {

constexpr std::size_t kMaxErrorBody = std::size_t{64} * 1024;
constexpr std::string_view kDone = "[DONE]";

// What a document says it is, in `type`, `event_type` or the event's name.
enum class Kind : std::uint8_t { unknown, plain, end, failed_end, error, audio };

Kind kind_of(std::string_view type) noexcept {
  struct Known {
    std::string_view type;
    Kind kind;
  };
  static constexpr Known kKnown[] = {
      {"message_stop", Kind::end},
      {"response.completed", Kind::end},
      {"response.incomplete", Kind::end},
      {"response.failed", Kind::failed_end},
      {"error", Kind::error},
      {"response.audio.delta", Kind::audio},
      {"response.output_audio.delta", Kind::audio},
      {"interaction.completed", Kind::end},
      {"image_generation.completed", Kind::end},
      {"image_edit.completed", Kind::end},
      {"transcript.text.done", Kind::end},
      {"speech.audio.done", Kind::end},
  };
  for (const Known& known : kKnown)
    if (known.type == type) return known.kind;
  return type.empty() ? Kind::unknown : Kind::plain;
}

// Tiers are few; anything else stays empty. Spelled as OpenAI does.
std::string_view known_tier(std::string_view text) noexcept {
  static constexpr std::string_view kTiers[] = {"default",  "auto",      "flex",  "priority",    "scale",         "fast",
                                                "standard", "on_demand", "batch", "performance", "standard_only", "provisioned_throughput"};
  for (const std::string_view tier : kTiers)
    if (iequals(tier, text)) return tier;
  return {};
}

std::string_view without_leading_space(std::string_view text) noexcept {
  const char* const first = detail::skip_space(text.data(), text.data() + text.size());
  text.remove_prefix(static_cast<std::size_t>(first - text.data()));
  return text;
}

}  // namespace

BodyKind body_kind(std::string_view content_type) noexcept {
  if (content_type == "application/json") return BodyKind::json;
  const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  const auto ends_with = [&](std::string_view suffix) {
    return type.size() > suffix.size() && iequals(type.substr(type.size() - suffix.size()), suffix);
  };
  if (iequals(type, "text/event-stream")) return BodyKind::sse;
  if (iequals(type, "application/json") || iequals(type, "text/json") || ends_with("+json")) return BodyKind::json;
  for (const std::string_view lines :
       {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/x-jsonl"})
    if (iequals(type, lines)) return BodyKind::ndjson;
  return BodyKind::opaque;
}

struct ResponseMeter::Impl {
  // Set by start().
  Api api = Api::other;
  BodyKind kind = BodyKind::opaque;
  unsigned status = 0;
  bool promised = false;  // the API promises JSON here: anything else is malformed
  const PathNode* paths = nullptr;

  // Over the body.
  Metered seen;
  RawUsage raw;
  std::size_t budget = 0;  // bytes that will still be looked at
  bool raw_changed = false;
  bool finish_seen = false;  // Gemini: a finishReason, or a prompt that was blocked
  bool fast = false;         // Anthropic's speed, which prices over its service tier
  bool array_root = false;
  bool ended = false;    // a plain JSON body's document was taken
  bool closing = false;  // finish() was called
  BomSkip bom;
  JsonScan json;
  SseScan sse;

  // Over the document at hand.
  TextCount text{};
  Kind type = Kind::unknown;
  bool has_error = false;
  bool daily = false;  // Gemini's quota of a whole day
  bool audio_entry = false;
  std::uint8_t done_matched = 0;  // bytes of [DONE] held back from the JSON scanner; kNoDone: it is something else
  std::int64_t entry_count = -1;
  std::int64_t error_number = 0;
  const KnownError* error_code = nullptr;
  const KnownError* error_type = nullptr;
  const KnownError* error_detail = nullptr;
  char model[JsonScan::kMaxValue];

  static constexpr std::uint8_t kNoDone = 255;

  void start(Api a, BodyKind k, unsigned s) noexcept;
  void feed(std::string_view bytes) noexcept;
  void finish() noexcept;
  void feed_json(std::string_view bytes) noexcept;
  void feed_lines(std::string_view bytes) noexcept;
  void begin_document() noexcept;
  void end_frame(std::string_view name) noexcept;
  void end_document() noexcept;
  void take_text() noexcept;
  void take_error() noexcept;
  void set_count(Field field, std::int64_t count) noexcept;
  void end_entry(Field field) noexcept;
  bool sse_ends_with_done() const noexcept { return api != Api::openai_responses && api != Api::anthropic_messages && api != Api::gemini_generate; }

  // Sink of the SSE scanner.
  void on_data(std::string_view piece) noexcept;
  void on_event(std::string_view name) noexcept;

  // Sink of the JSON scanner.
  void on_string(std::uint8_t id, std::string_view value, std::uint64_t, std::uint64_t) noexcept;
  void on_number(std::uint8_t id, std::string_view value) noexcept;
  void on_literal(std::uint8_t id, char first) noexcept;
  void on_open(std::uint8_t id, bool array) noexcept;
  void on_close(std::uint8_t id) noexcept;
  TextCount& text_count(std::uint8_t) noexcept { return text; }
};

void ResponseMeter::Impl::start(Api a, BodyKind k, unsigned s) noexcept {
  *this = Impl{};
  api = a;
  kind = k;
  status = s;
  const bool failed = status >= 400;
  promised = api != Api::other && !failed;
  paths = failed ? error_paths() : response_paths(api);
  budget = failed ? kMaxErrorBody : ~std::size_t{0};
  raw.fill(-1);
  seen.error = category_of_status(status);
  begin_document();
}

void ResponseMeter::Impl::begin_document() noexcept {
  json.reset(paths);
  text = {};
  type = Kind::unknown;
  has_error = daily = false;
  done_matched = 0;
  error_number = 0;
  error_code = error_type = error_detail = nullptr;
}

void ResponseMeter::Impl::feed(std::string_view bytes) noexcept {
  bytes = bytes.substr(0, std::min(bytes.size(), budget));
  budget -= bytes.size();
  switch (kind) {
    case BodyKind::json: return feed_json(bytes);
    case BodyKind::sse: return sse.feed(bytes, *this);
    case BodyKind::ndjson: return feed_lines(bytes);
    case BodyKind::opaque: return;
  }
}

void ResponseMeter::Impl::feed_json(std::string_view bytes) noexcept {
  bytes = bom.skip(bytes);
  if (bom.broken() && !bytes.empty() && promised) seen.malformed = true;
  if (json.untouched()) { array_root = without_leading_space(bytes).starts_with('['); }
  json.feed(bytes, *this);
  if (json.bad() && promised) seen.malformed = true;
  if (!json.completed() || ended) return;
  ended = true;
  end_document();
  seen.terminator = !array_root || api != Api::gemini_generate || status >= 400 || finish_seen;
}

void ResponseMeter::Impl::feed_lines(std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    json.feed(bytes.substr(0, end), *this);
    if (end == bytes.npos) return;
    end_frame({});
    bytes.remove_prefix(end + 1);
  }
}

// [DONE] is no JSON: its bytes are held back until they turn out to be something else.
void ResponseMeter::Impl::on_data(std::string_view piece) noexcept {
  if (done_matched != kNoDone) {
    if (done_matched == 0 || done_matched == kDone.size()) piece = without_leading_space(piece);
    while (!piece.empty() && done_matched < kDone.size() && piece.front() == kDone[done_matched]) {
      piece.remove_prefix(1);
      if (++done_matched == kDone.size()) piece = without_leading_space(piece);
    }
    if (piece.empty()) return;
    json.feed(kDone.substr(0, done_matched), *this);
    done_matched = kNoDone;
  }
  json.feed(piece, *this);
}

void ResponseMeter::Impl::on_event(std::string_view name) noexcept {
  if (done_matched == kDone.size()) {
    if (sse_ends_with_done()) seen.terminator = true;
    begin_document();
    return;
  }
  if (done_matched != kNoDone && done_matched != 0 && !closing) json.feed(kDone.substr(0, done_matched), *this);
  end_frame(name);
}

// A frame (SSE event, line) ended: it should have been one document.
void ResponseMeter::Impl::end_frame(std::string_view name) noexcept {
  json.finish(*this);
  if (json.closed()) {
    if (type == Kind::unknown) type = kind_of(name);
    end_document();
  } else if (!json.untouched()) {
    // A document cut by the end of the body is a truncated stream, not a malformed one.
    if (promised && (json.bad() || !closing)) seen.malformed = true;
    take_text();
  }
  begin_document();
}

void ResponseMeter::Impl::take_text() noexcept {
  if (type == Kind::audio) return;
  for (std::size_t i = 0; i < text.size(); ++i) seen.measured.bytes[i] += text[i];
  if (text[0] + text[1] + text[2] + text[3] > 0) ++seen.measured.deltas;
  text = {};
}

void ResponseMeter::Impl::end_document() noexcept {
  take_text();
  if (type == Kind::error || type == Kind::failed_end) has_error = true;
  if (status >= 400 || (has_error && (api != Api::other || kind != BodyKind::json))) take_error();
  if (raw_changed) {
    seen.usage = convert_usage(api, raw);
    raw_changed = false;
  }
  if (kind != BodyKind::sse) return;
  if (type == Kind::end || type == Kind::failed_end) seen.terminator = true;
  if (api == Api::gemini_generate && finish_seen) seen.terminator = true;
}

// The most telling of what the error says; the HTTP status where that is nothing.
void ResponseMeter::Impl::take_error() noexcept {
  if (status < 400) seen.error_event = true;
  const auto tells = [](const KnownError* known) { return known != nullptr && !known->generic; };
  const KnownError* pick = tells(error_detail) ? error_detail : tells(error_code) ? error_code : tells(error_type) ? error_type : nullptr;
  if (tells(error_type) && error_type->category == ErrorCategory::money && !(pick && pick->category == ErrorCategory::money)) pick = error_type;
  if (pick == nullptr) pick = error_detail ? error_detail : error_code ? error_code : error_type;
  const unsigned number = status >= 400 ? status : error_number >= 400 && error_number < 600 ? static_cast<unsigned>(error_number) : 0;
  const ErrorCategory by_status = category_of_status(number);
  seen.error = tells(pick)                        ? pick->category
               : by_status != ErrorCategory::none ? by_status
               : pick != nullptr                  ? pick->category
                                                  : ErrorCategory::capacity;
  if (daily && seen.error == ErrorCategory::rate) seen.error = ErrorCategory::money;
  seen.error_code = pick != nullptr ? pick->text : std::string_view{};
}

void ResponseMeter::Impl::set_count(Field field, std::int64_t count) noexcept {
  if (count < 0) return;
  raw[static_cast<std::size_t>(field) - kFirstCount] = count;
  raw_changed = true;
}

void ResponseMeter::Impl::on_string(std::uint8_t id, std::string_view value, std::uint64_t, std::uint64_t) noexcept {
  switch (static_cast<Field>(id)) {
    case Field::model:
      if (value.empty()) return;  // Azure's first chunk
      if (value == seen.model) return;
      std::memcpy(model, value.data(), value.size());
      seen.model = plain_name({model, value.size()}, kMaxModel);
      return;
    case Field::tier:
      if (const auto tier = known_tier(value); !tier.empty() && !fast) seen.service_tier = tier;
      return;
    case Field::speed:
      if (value == "fast") fast = true, seen.service_tier = "fast";
      return;
    case Field::type: type = kind_of(value); return;
    case Field::finish:
      finish_seen = finish_seen || (!value.empty() && value != "FINISH_REASON_UNSPECIFIED");
      if (value == "error") has_error = true;  // OpenRouter
      return;
    case Field::blocked: finish_seen = true; return;
    case Field::error: has_error = true; return;
    case Field::error_code:
      error_code = find_known_error(value);
      error_number = std::max<std::int64_t>(parse_count(value), 0);
      return;
    case Field::error_type:
    case Field::error_status: error_type = find_known_error(value); return;
    case Field::error_detail:
      if (const KnownError* known = find_known_error(value)) error_detail = known;
      return;
    case Field::retry_delay: seen.retry_after_ms = parse_duration_ms(value); return;
    case Field::quota_id: daily = daily || value.find("PerDay") != value.npos; return;
    case Field::modality: audio_entry = value == "AUDIO"; return;
    default: return;
  }
}

void ResponseMeter::Impl::on_number(std::uint8_t id, std::string_view value) noexcept {
  const auto field = static_cast<Field>(id);
  if (field >= Field::input) return set_count(field, parse_count(value));
  if (field == Field::modality_count) entry_count = parse_count(value);
  if (field == Field::error_code) error_number = std::max<std::int64_t>(parse_count(value), 0);
}

void ResponseMeter::Impl::on_literal(std::uint8_t id, char first) noexcept {
  if (static_cast<Field>(id) == Field::done && first == 't' && kind == BodyKind::ndjson) seen.terminator = true;
}

void ResponseMeter::Impl::on_open(std::uint8_t id, bool) noexcept {
  const auto field = static_cast<Field>(id);
  if (field == Field::error) has_error = true;
  if (field == Field::input_details || field == Field::output_details) audio_entry = false, entry_count = -1;
}

void ResponseMeter::Impl::on_close(std::uint8_t id) noexcept {
  const auto field = static_cast<Field>(id);
  if (audio_entry && field == Field::input_details) set_count(Field::audio_input, entry_count);
  if (audio_entry && field == Field::output_details) set_count(Field::audio_output, entry_count);
}

void ResponseMeter::Impl::finish() noexcept {
  closing = true;
  if (kind == BodyKind::sse) {
    sse.finish(*this);
  } else if (kind == BodyKind::ndjson) {
    end_frame({});
  } else if (kind == BodyKind::json && !ended) {
    json.finish(*this);
    if (json.closed()) return feed_json({});
    take_text();
    if (status >= 400) take_error();
  }
  if (raw_changed) seen.usage = convert_usage(api, raw);
  raw_changed = false;
}

ResponseMeter::ResponseMeter() = default;
ResponseMeter::~ResponseMeter() = default;
ResponseMeter::ResponseMeter(ResponseMeter&&) noexcept = default;
ResponseMeter& ResponseMeter::operator=(ResponseMeter&&) noexcept = default;

void ResponseMeter::start(Api api, BodyKind kind, unsigned status) noexcept {
  static_assert(sizeof(Impl) <= 1024, "held by every stream, also the idle ones");
  if (!impl_) impl_ = std::make_unique<Impl>();
  impl_->start(api, kind, status);
}

void ResponseMeter::feed(std::string_view decoded_body) noexcept {
  if (impl_) impl_->feed(decoded_body);
}

void ResponseMeter::finish() noexcept {
  if (impl_) impl_->finish();
}

const Metered& ResponseMeter::seen() const noexcept {
  static const Metered kNothing;
  return impl_ ? impl_->seen : kNothing;
}

}  // namespace lectr::wire
