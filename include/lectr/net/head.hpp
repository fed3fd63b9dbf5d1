// Heads of HTTP/1.x messages (RFC 9112): one interpretation or a refusal, never a guess. Parsed in place, line by line; stricter
// than others where two parsers could read the same bytes differently.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "lectr/base/result.hpp"

namespace lectr::net {

// The fields that anybody here decides on. `other` passes untouched.
enum class FieldId : std::uint8_t {
  other,
  host,
  connection,
  keep_alive,
  proxy_connection,
  te,
  transfer_encoding,
  content_length,
  upgrade,
  trailer,
  expect,
  proxy_authenticate,
  proxy_authorization,
  authorization,
  x_api_key,
  api_key,
  x_goog_api_key,
  anthropic_version,
  content_type,
  content_encoding,
  retry_after,
  lectr_key,
  lectr_feature,
  lectr_task,
  lectr_provider,
  lectr_provider_key,
  lectr_debug,
  lectr_other,
  client_retry_count,
  client_timeout,
  provider_request_id,
  sec_websocket_protocol,
  traceparent,
};

// Places in the head's bytes: they stay right when the bytes move.
struct Field {
  std::uint32_t at = 0, size = 0;              // the whole line, CRLF included
  std::uint32_t value_at = 0, value_size = 0;  // without surrounding white space
  std::uint16_t name_size = 0;                 // the name starts at `at`
  FieldId id = FieldId::other;
};

// Sets of fields, one bit for each id: most questions about a head are answered by which fields it has at all.
using FieldSet = std::uint64_t;
static_assert(static_cast<unsigned>(FieldId::traceparent) < 64);
template <class... Ids>
constexpr FieldSet field_set(Ids... ids) noexcept {
  return (... | (FieldSet{1} << static_cast<unsigned>(ids)));
}
constexpr bool in_set(FieldSet set, FieldId id) noexcept { return (set >> static_cast<unsigned>(id) & 1U) != 0; }

enum class Framing : std::uint8_t { none, length, chunked, until_close };

struct Head {
  std::uint32_t size = 0;  // bytes of the head, the empty line included
  int version = 11;        // 10 or 11
  Framing framing = Framing::none;
  std::uint64_t length = 0;        // Framing::length
  bool keep_alive = true;          // what the sender wants
  bool upgrade_websocket = false;  // Connection: upgrade with Upgrade: websocket
  FieldSet seen = 0, repeated = 0;
  std::vector<Field> fields;

  std::string_view name(std::string_view bytes, const Field& f) const noexcept { return bytes.substr(f.at, f.name_size); }
  std::string_view value(std::string_view bytes, const Field& f) const noexcept { return bytes.substr(f.value_at, f.value_size); }
  std::string_view line(std::string_view bytes, const Field& f) const noexcept { return bytes.substr(f.at, f.size); }
  bool has(FieldId id) const noexcept { return in_set(seen, id); }
  const Field* find(FieldId id) const noexcept {
    if (!has(id)) return nullptr;
    for (const Field& f : fields)
      if (f.id == id) return &f;
    return nullptr;
  }
};

struct RequestHead : Head {
  std::uint32_t method_at = 0, method_size = 0;
  std::uint32_t target_at = 0, target_size = 0;  // origin-form; of an absolute-form target the part from the path on
  bool expect_continue = false;
  std::string_view method(std::string_view bytes) const noexcept { return bytes.substr(method_at, method_size); }
  std::string_view target(std::string_view bytes) const noexcept { return bytes.substr(target_at, target_size); }
};

struct ResponseHead : Head {
  unsigned status = 0;
  std::uint32_t reason_at = 0, reason_size = 0;
};

struct HeadLimits {
  std::uint32_t bytes = 32 * 1024, fields = 100;
};

enum class Parsed : std::uint8_t { need_more, done };

// `bytes` starts at the first byte of the message (empty lines before a request are the caller's to skip) and may run past the head.
// Errors: invalid_request, headers_too_large. The target "*" and authority-form are refused.
Result<Parsed> parse_request(std::string_view bytes, const HeadLimits& limits, RequestHead& out);
// `to_head`: the request was HEAD, so there is no body whatever the fields say. Errors: provider_bad_response.
Result<Parsed> parse_response(std::string_view bytes, const HeadLimits& limits, bool to_head, ResponseHead& out);

// Fields that concern one connection only and are never forwarded (RFC 9110 §7.6.1). A Connection field's tokens name further ones.
inline constexpr FieldSet kHopByHop =
    field_set(FieldId::connection, FieldId::keep_alive, FieldId::proxy_connection, FieldId::te, FieldId::transfer_encoding, FieldId::upgrade,
              FieldId::proxy_authenticate, FieldId::proxy_authorization);
constexpr bool is_hop_by_hop(FieldId id) noexcept { return in_set(kHopByHop, id); }
bool named_in_list(std::string_view list, std::string_view token) noexcept;

}  // namespace lectr::net
