#include "events/codec.hpp"

#include <cstring>

#include "events/crc32c.hpp"
#include "lectr/base/text.hpp"
#include "lectr/events/queue.hpp"

namespace lectr::events {
namespace {

constexpr std::size_t kTexts = kMaxProvider + kMaxEndpoint + kMaxMethod + 2 * kMaxModel + kMaxFeature + kMaxTask + kMaxRule + kMaxNotes +
                               kMaxProviderRequestId + kMaxErrorCode + kMaxPriceVersion + kMaxWhy;
constexpr std::size_t kNumbers = 40, kVarint = 10, kTrace = 26;
static_assert(kRecordHead + 1 + 16 + kTexts + kNumbers * kVarint + kTrace < kMaxRecord);

void put_u32(char* at, std::uint32_t v) noexcept {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<char>(v >> (8 * i));
}
std::uint32_t get_u32(const char* at) noexcept {
  std::uint32_t v = 0;
  for (int i = 0; i < 4; ++i) v |= std::uint32_t{static_cast<unsigned char>(at[i])} << (8 * i);
  return v;
}

constexpr std::uint64_t zigzag(std::int64_t v) noexcept { return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63); }
constexpr std::int64_t unzigzag(std::uint64_t v) noexcept { return static_cast<std::int64_t>((v >> 1) ^ (0 - (v & 1))); }

class Writer {
 public:
  explicit Writer(char* at) noexcept : at_{at} {}
  void unsigned_number(std::uint64_t v) noexcept {
    for (; v >= 0x80; v >>= 7) *at_++ = static_cast<char>(v | 0x80);
    *at_++ = static_cast<char>(v);
  }
  void number(std::int64_t v) noexcept { unsigned_number(zigzag(v)); }
  void small(std::uint8_t v) noexcept { *at_++ = static_cast<char>(v); }
  void flag(bool v) noexcept { small(v); }
  void id(const Uuid& v) noexcept { raw(v.bytes.data(), v.bytes.size()); }
  template <class Enum>
  void choice(Enum v, Enum) noexcept {
    small(static_cast<std::uint8_t>(v));
  }
  void status(std::uint16_t v) noexcept { unsigned_number(v); }
  void money(const std::optional<Money>& v) noexcept {
    flag(v.has_value());
    if (v) number(v->femto);
  }
  void trace(const TraceContext& v) noexcept {
    flag(v.present());
    if (!v.present()) return;
    raw(v.trace_id.data(), v.trace_id.size());
    raw(v.parent_id.data(), v.parent_id.size());
    small(v.flags);
  }
  void text(const std::string& s, std::size_t bound) noexcept {
    const std::string_view cut = cut_utf8(s, bound);
    unsigned_number(cut.size());
    raw(cut.data(), cut.size());
  }
  char* at() const noexcept { return at_; }

 private:
  void raw(const void* from, std::size_t n) noexcept {
    std::memcpy(at_, from, n);
    at_ += n;
  }
  char* at_;
};

class Reader {
 public:
  explicit Reader(std::string_view in) noexcept : at_{in.data()}, end_{in.data() + in.size()} {}
  std::uint64_t unsigned_number() noexcept {
    if (at_ != end_ && static_cast<unsigned char>(*at_) < 0x80) return static_cast<unsigned char>(*at_++);
    std::uint64_t v = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      const std::uint8_t b = byte();
      if (shift == 63 && b > 1) break;  // more than 64 bits
      v |= std::uint64_t{b & 0x7Fu} << shift;
      if (b < 0x80) return v;
    }
    good_ = false;
    return 0;
  }
  void number(std::int64_t& v) noexcept { v = unzigzag(unsigned_number()); }
  void small(std::uint8_t& v) noexcept { v = byte(); }
  void flag(bool& v) noexcept {
    const std::uint8_t b = byte();
    good_ = good_ && b <= 1;
    v = b == 1;
  }
  void id(Uuid& v) noexcept {
    const std::string_view s = take(v.bytes.size());
    if (good_) std::memcpy(v.bytes.data(), s.data(), s.size());
  }
  template <class Enum>
  void choice(Enum& v, Enum last) noexcept {
    const std::uint8_t b = byte();
    good_ = good_ && b <= static_cast<std::uint8_t>(last);
    v = good_ ? static_cast<Enum>(b) : Enum{};
  }
  void status(std::uint16_t& v) noexcept {
    const std::uint64_t n = unsigned_number();
    good_ = good_ && n <= 0xFFFF;
    v = static_cast<std::uint16_t>(n);
  }
  void money(std::optional<Money>& v) noexcept {
    bool there = false;
    flag(there);
    v.reset();
    if (!there) return;
    Money m;
    number(m.femto);
    v = m;
  }
  void trace(TraceContext& v) noexcept {
    bool there = false;
    flag(there);
    v = {};
    if (!there) return;
    const std::string_view ids = take(v.trace_id.size() + v.parent_id.size());
    if (!good_) return;
    std::memcpy(v.trace_id.data(), ids.data(), v.trace_id.size());
    std::memcpy(v.parent_id.data(), ids.data() + v.trace_id.size(), v.parent_id.size());
    small(v.flags);
    good_ = good_ && v.present();
  }
  void text(std::string& s, std::size_t bound) {
    const std::uint64_t n = unsigned_number();
    if (n > bound) good_ = false;
    const std::string_view text = good_ ? take(static_cast<std::size_t>(n)) : std::string_view{};
    if (s != text) s.assign(text);  // most rows say what the one before said
  }
  bool done() const noexcept { return good_ && at_ == end_; }

 private:
  std::uint8_t byte() noexcept {
    if (at_ != end_) return static_cast<std::uint8_t>(*at_++);
    good_ = false;
    return 0;
  }
  std::string_view take(std::size_t n) noexcept {
    if (!good_ || static_cast<std::size_t>(end_ - at_) < n) {
      good_ = false;
      return {};
    }
    at_ += n;
    return {at_ - n, n};
  }
  const char *at_, *end_;
  bool good_ = true;
};

// The one list of fields and their order, for both directions. New ones come at the end, with a new kCodecVersion: journals of an older daemon are
// read after an upgrade.
template <class Codec, class SomeEvent>
void fields(Codec& c, SomeEvent& e, std::uint8_t version) {
  c.id(e.id);
  c.number(e.completed_at_us);
  c.number(e.org_id);
  c.number(e.key_id);
  c.text(e.provider, kMaxProvider);
  c.text(e.endpoint, kMaxEndpoint);
  c.text(e.method, kMaxMethod);
  c.text(e.model_requested, kMaxModel);
  c.text(e.model_actual, kMaxModel);
  c.text(e.feature, kMaxFeature);
  c.text(e.task, kMaxTask);
  c.text(e.rule, kMaxRule);
  c.text(e.notes, kMaxNotes);
  c.text(e.provider_request_id, kMaxProviderRequestId);
  c.text(e.error_code, kMaxErrorCode);
  c.status(e.status);
  c.choice(e.error_category, ErrorCategory::internal);
  c.choice(e.error_source, ErrorSource::client);
  c.choice(e.verdict, Verdict::client_gone);
  c.flag(e.streaming);
  c.small(e.attempts);
  c.small(e.client_retry);
  c.number(e.latency_us);
  c.number(e.ttfb_us);
  c.number(e.bytes_in);
  c.number(e.bytes_out);
  c.choice(e.token_source, TokenSource::measured);
  for (auto* tokens : {&e.tokens_input, &e.tokens_output, &e.tokens_cached, &e.tokens_cache_write, &e.tokens_reasoning, &e.tokens_audio,
                       &e.tokens_output_low, &e.tokens_output_high})
    c.number(*tokens);
  for (auto* money : {&e.cost, &e.cost_low, &e.cost_high, &e.saved_high}) c.money(*money);
  c.choice(e.cost_source, CostSource::unknown_model);
  c.text(e.price_version, kMaxPriceVersion);
  if (version < 2) return;
  c.text(e.why, kMaxWhy);
  c.number(e.control_version);
  if (version < 3) return;
  c.trace(e.trace);
}

constexpr Error kMore{Code::full, Fault::us, Again::no, "event record is incomplete"};
constexpr Error kCorrupt{Code::corrupt, Fault::us, Again::no, "event record is corrupt"};

bool possible_length(std::size_t body) noexcept { return body > 16 && body <= kMaxRecord - kRecordHead; }

}  // namespace

std::size_t encode_to(const Event& event, char* out) noexcept {
  Writer writer{out + kRecordHead};
  writer.small(kCodecVersion);
  fields(writer, event, kCodecVersion);
  const auto size = static_cast<std::size_t>(writer.at() - out);
  put_u32(out, static_cast<std::uint32_t>(size - kRecordHead));
  put_u32(out + 4, crc32c({out + kRecordHead, size - kRecordHead}));
  return size;
}

std::size_t record_size(std::string_view in) noexcept {
  if (in.size() < kRecordHead) return 0;
  const std::size_t body = get_u32(in.data());
  return possible_length(body) ? kRecordHead + body : 0;
}

std::size_t checked_record(std::string_view in) noexcept {
  const std::size_t size = record_size(in);
  if (size == 0 || in.size() < size) return 0;
  return crc32c(in.substr(kRecordHead, size - kRecordHead)) == get_u32(in.data() + 4) ? size : 0;
}

Result<void> decode_into(std::string_view& in, Event& event) {
  if (in.size() < kRecordHead) return kMore;
  const std::size_t size = record_size(in);
  if (size == 0) return kCorrupt;
  if (in.size() < size) return kMore;
  if (checked_record(in) == 0) return kCorrupt;
  if (const auto done = decode_checked(in.substr(0, size), event); !done) return done;
  in.remove_prefix(size);
  return {};
}

Result<void> decode_checked(std::string_view record, Event& event) {
  const std::string_view body = record.substr(kRecordHead);
  const auto version = static_cast<std::uint8_t>(body[0]);
  if (version == 0 || version > kCodecVersion) return kCorrupt;
  // The event may have been another's before.
  if (version < 2) event.why.clear(), event.control_version = 0;
  if (version < 3) event.trace = {};
  Reader reader{body.substr(1)};
  fields(reader, event, version);
  if (!reader.done()) return kCorrupt;
  return {};
}

void encode(const Event& event, std::string& out) {
  char record[kMaxRecord];
  out.append(record, encode_to(event, record));
}

Result<Event> decode(std::string_view& in) {
  Event event;
  if (const auto done = decode_into(in, event); !done) return done.error();
  return event;
}

}  // namespace lectr::events
