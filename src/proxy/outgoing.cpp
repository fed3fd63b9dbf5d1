#include "outgoing.hpp"

#include <charconv>

#include "lectr/base/text.hpp"

namespace lectr::proxy {
namespace {

using net::FieldId;

void append_number(std::string& out, std::int64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

constexpr net::FieldSet kLectr = net::field_set(FieldId::lectr_key, FieldId::lectr_feature, FieldId::lectr_task, FieldId::lectr_provider,
                                                FieldId::lectr_provider_key, FieldId::lectr_debug, FieldId::lectr_other);
constexpr net::FieldSet kCredentials = net::field_set(FieldId::authorization, FieldId::x_api_key, FieldId::api_key, FieldId::x_goog_api_key);
// All others pass, but for what a Connection field names.
constexpr net::FieldSet kLookedAt = net::kHopByHop | kLectr | kCredentials | net::field_set(FieldId::host, FieldId::expect);

policy::CredentialHeader credential_header(FieldId id) noexcept {
  switch (id) {
    case FieldId::authorization: return policy::CredentialHeader::bearer;
    case FieldId::x_api_key: return policy::CredentialHeader::x_api_key;
    case FieldId::api_key: return policy::CredentialHeader::api_key;
    case FieldId::x_goog_api_key: return policy::CredentialHeader::x_goog_api_key;
    default: return policy::CredentialHeader::none;
  }
}

// Fields that a Connection token names concern one hop only. Those that frame, route or authenticate are not ours to drop on a peer's word.
bool named_by_connection(std::string_view bytes, const net::Head& head, const net::Field& f) noexcept {
  if (f.id != FieldId::other) return false;
  for (const net::Field& c : head.fields)
    if (c.id == FieldId::connection && net::named_in_list(head.value(bytes, c), head.name(bytes, f))) return true;
  return false;
}

bool keep_request_line(const Exchange& x, std::string_view bytes, const net::Field& f, const OutgoingAuth& auth, bool connection_names) {
  if (f.id == FieldId::other) return !connection_names || !named_by_connection(bytes, x.head, f);
  if (!net::in_set(kLookedAt, f.id)) return true;
  if (f.id == FieldId::host || net::in_set(kLectr, f.id)) return false;
  if (f.id == FieldId::transfer_encoding) return x.head.framing == net::Framing::chunked;
  if (f.id == FieldId::upgrade) return x.wants_upgrade;
  if (f.id == FieldId::expect) return !x.answered_continue;
  if (net::is_hop_by_hop(f.id)) return false;
  // One credential only, and never the org key in its place.
  return auth.plan.keep && credential_header(f.id) == auth.sent && x.head.value(bytes, f).find(auth.org_key) == std::string_view::npos;
}

// Does a Connection field name anything beyond the usual? Saves a search per field.
bool connection_names_fields(std::string_view bytes, const net::Head& head) noexcept {
  if (!head.has(FieldId::connection)) return false;
  for (const net::Field& f : head.fields) {
    if (f.id != FieldId::connection) continue;
    const std::string_view value = head.value(bytes, f);
    if (!iequals(value, "keep-alive") && !iequals(value, "close") && !iequals(value, "upgrade")) return true;
  }
  return false;
}

// The lines that `kept` says, neighbours in one go: they stand behind each other in the head's bytes.
template <class Kept>
void append_lines(std::string& out, std::string_view bytes, const net::Head& head, Kept kept) {
  std::size_t from = 0, to = 0;
  for (const net::Field& f : head.fields) {
    if (!kept(f)) continue;
    if (f.at != to) {
      out.append(bytes.substr(from, to - from));
      from = f.at;
    }
    to = f.at + f.size;
  }
  out.append(bytes.substr(from, to - from));
}

void append_length(std::string& out, std::int64_t length) {
  out.append("Content-Length: ");
  append_number(out, length);
  out.append("\r\n");
}

}  // namespace

void write_request_head(std::string& out, const Exchange& x, const OutgoingAuth& auth) {
  const std::string_view bytes = x.request.view();
  out.reserve(x.head.size + 256);
  out.append(x.head.method(bytes)).append(" ");
  policy::append_target(out, *x.provider, auth.target.empty() ? x.head.target(bytes) : auth.target, auth.sent);
  out.append(" HTTP/1.1\r\nHost: ").append(x.provider->base.authority).append("\r\n");
  const bool names = connection_names_fields(bytes, x.head);
  const auto kept = [&](const net::Field& f) {
    if (auth.uncoded && f.id == FieldId::other && iequals(x.head.name(bytes, f), "accept-encoding")) return false;
    return keep_request_line(x, bytes, f, auth, names);
  };
  if (auth.length < 0) {
    append_lines(out, bytes, x.head, kept);
  } else {  // the new length stands where the old one stood
    for (const net::Field& f : x.head.fields) {
      if (f.id == FieldId::content_length || f.id == FieldId::transfer_encoding)
        append_length(out, auth.length);
      else if (f.id != FieldId::trailer && kept(f))
        out.append(x.head.line(bytes, f));
    }
  }
  if (!auth.plan.keep && !auth.plan.header.empty() && !auth.credential.empty())
    out.append(auth.plan.header).append(auth.plan.bearer ? ": Bearer " : ": ").append(auth.credential).append("\r\n");
  if (auth.uncoded) out.append("Accept-Encoding: identity\r\n");
  if (x.wants_upgrade) out.append("Connection: Upgrade\r\n");
  out.append("\r\n");
}

void write_response_head(std::string& out, const Exchange& x, std::string_view bytes, const net::ResponseHead& head, bool keep) {
  out.append("HTTP/1.1 ");
  append_number(out, head.status);
  out.append(" ").append(bytes.substr(head.reason_at, head.reason_size)).append("\r\n");
  const bool names = connection_names_fields(bytes, head);
  net::FieldSet dropped = net::kHopByHop;
  if (head.framing == net::Framing::chunked && !x.dechunk) dropped &= ~net::field_set(FieldId::transfer_encoding);
  if (head.status == 101) dropped &= ~net::field_set(FieldId::upgrade);
  append_lines(out, bytes, head, [&](const net::Field& f) { return !net::in_set(dropped, f.id) && !(names && named_by_connection(bytes, head, f)); });
  if (head.status == 101)
    out.append("Connection: Upgrade\r\n");
  else if (head.status >= 200 && !keep)
    out.append("Connection: close\r\n");
  else if (head.status >= 200 && x.client_is_10)
    out.append("Connection: keep-alive\r\n");
  if (x.debug && head.status >= 200) write_debug_lines(out, x.event);
  out.append("\r\n");
}

void write_refusal(std::string& out, const wire::Refusal& refusal, wire::ErrorShape shape, bool to_head, bool keep, std::string_view extra_lines) {
  const std::string body = wire::error_body(refusal, shape);
  out.append("HTTP/1.1 ");
  append_number(out, refusal.status);
  out.append(" ").append(reason_phrase(refusal.status)).append("\r\nContent-Type: application/json\r\nContent-Length: ");
  append_number(out, static_cast<std::int64_t>(body.size()));
  if (refusal.retry_after_ms > 0) {
    out.append("\r\nRetry-After: ");
    append_number(out, (refusal.retry_after_ms + 999) / 1000);
    out.append("\r\nretry-after-ms: ");
    append_number(out, refusal.retry_after_ms);
  }
  if (refusal.hopeless) out.append("\r\nx-should-retry: false");
  if (!keep) out.append("\r\nConnection: close");
  out.append("\r\n").append(extra_lines).append("\r\n");
  if (!to_head) out.append(body);
}

void write_debug_lines(std::string& out, const Event& event) {
  const auto line = [&out](std::string_view name, std::string_view value) { out.append(name).append(": ").append(value).append("\r\n"); };
  line("X-Lectr-Request-Id", event.id.to_text());
  line("X-Lectr-Provider", event.provider);
  line("X-Lectr-Model", event.model_actual.empty() ? event.model_requested : event.model_actual);  // at this time: what a rule made of it
  line("X-Lectr-Rule", event.rule.empty() ? "none" : std::string_view{event.rule});
  line("X-Lectr-Attempts", std::to_string(event.attempts));
}

std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 408: return "Request Timeout";
    case 413: return "Content Too Large";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Error";
  }
}

}  // namespace lectr::proxy
