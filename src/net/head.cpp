#include "lectr/net/head.hpp"

#include <algorithm>
#include <charconv>

#include "lectr/base/text.hpp"
#include "net/field_names.hpp"
#include "net/grammar.hpp"

namespace lectr::net {
namespace {

constexpr Error refused(const char* what) { return {Code::invalid_request, Fault::client, Again::no, what}; }
constexpr Error hostile(const char* what) { return {Code::provider_bad_response, Fault::provider, Again::next_target, what}; }

// Content-Length and Transfer-Encoding, each at most once and never both; only plain "chunked" (RFC 9112 §6.1, §6.3).
const char* read_framing(std::string_view bytes, Head& head) noexcept {
  const Field *const length = head.find(FieldId::content_length), *const coding = head.find(FieldId::transfer_encoding);
  if (length != nullptr) {
    const std::string_view value = head.value(bytes, *length);
    const auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), head.length);
    if (value.empty() || value.size() > 18 || bad != std::errc{} || end != value.data() + value.size())
      return "The Content-Length is no plain number.";
    head.framing = Framing::length;
  }
  if (coding != nullptr) {
    if (!iequals(head.value(bytes, *coding), "chunked")) return "The only Transfer-Encoding understood here is chunked.";
    head.framing = Framing::chunked;
  }
  if (in_set(head.repeated, FieldId::content_length)) return "Content-Length stands more than once.";
  if (in_set(head.repeated, FieldId::transfer_encoding)) return "Transfer-Encoding stands more than once.";
  if (length != nullptr && coding != nullptr) return "Content-Length and Transfer-Encoding stand together.";
  if (coding != nullptr && head.version < 11) return "Transfer-Encoding has no meaning in HTTP/1.0.";
  return nullptr;
}

// Names between commas; empty ones are allowed (RFC 9110 §5.6.1.2).
bool is_name_list(std::string_view list) noexcept {
  for (;;) {
    const std::size_t comma = list.find(',');
    const std::string_view name = trim(list.substr(0, comma));
    if (token_size(name) != name.size()) return false;
    if (comma == std::string_view::npos) return true;
    list.remove_prefix(comma + 1);
  }
}

const char* read_connection(std::string_view bytes, Head& head) noexcept {
  head.keep_alive = head.version >= 11;
  if ((head.seen & field_set(FieldId::connection, FieldId::upgrade)) == 0) return nullptr;
  bool close = false, keep = false, upgrade = false, websocket = false;
  for (const Field& f : head.fields) {
    const std::string_view value = head.value(bytes, f);
    if (f.id == FieldId::connection) {
      if (!is_name_list(value)) return "The Connection field is no list of names.";
      close = close || named_in_list(value, "close");
      keep = keep || named_in_list(value, "keep-alive");
      upgrade = upgrade || named_in_list(value, "upgrade");
    } else if (f.id == FieldId::upgrade) {
      websocket = websocket || iequals(value, "websocket");
    }
  }
  head.keep_alive = !close && (head.version >= 11 || keep);
  head.upgrade_websocket = upgrade && websocket;
  return nullptr;
}

bool valid_host(std::string_view host) noexcept {
  if (!std::all_of(host.begin(), host.end(), is_host_char)) return false;
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return true;
  const std::string_view port = host.substr(colon + 1);
  return port.size() <= 5 && port.find_first_not_of("0123456789") == std::string_view::npos;
}

const char* check_target(std::string_view bytes, RequestHead& head) noexcept {
  std::string_view target = head.target(bytes);
  if (find_no_target(target.data(), target.data() + target.size()) != target.data() + target.size())
    return "The request target has a character that a target can't have.";
  if (target.starts_with('/')) return nullptr;
  if (istarts_with(target, "http://") || istarts_with(target, "https://")) {  // absolute-form: a server must accept it (RFC 9112 §3.2.2)
    const std::size_t authority = target.find("//") + 2, path = target.find('/', authority);
    if (path == authority) return "The request target names no host.";
    if (path == std::string_view::npos) return "The request target has no path.";
    head.target_at += static_cast<std::uint32_t>(path);
    head.target_size -= static_cast<std::uint32_t>(path);
    return nullptr;
  }
  return "The request target must be a path. CONNECT and OPTIONS * are not served here.";
}

const char* check_request(std::string_view bytes, RequestHead& head) noexcept {
  if (head.version != 10 && head.version != 11) return "Only HTTP/1.0 and HTTP/1.1 are spoken here.";
  if (const char* what = read_framing(bytes, head)) return what;
  if (const char* what = check_target(bytes, head)) return what;
  if (head.method(bytes) == "CONNECT") return "CONNECT is not served here.";
  const Field* const host = head.find(FieldId::host);
  if (in_set(head.repeated, FieldId::host)) return "The Host field stands more than once.";
  if (host == nullptr && head.version >= 11) return "The Host field is missing.";
  if (host != nullptr && !valid_host(head.value(bytes, *host))) return "The Host field is no host.";
  if (head.has(FieldId::expect) && head.version >= 11)
    for (const Field& f : head.fields)
      if (f.id == FieldId::expect) head.expect_continue = iequals(head.value(bytes, f), "100-continue");
  return nullptr;
}

// ---- grammar (RFC 9112 §2 to §5): line by line, each byte looked at once or twice, nothing copied

enum class Scan : std::uint8_t { done, need_more, malformed, folded, version, too_many };

struct Cursor {
  std::string_view bytes;
  std::size_t at = 0;  // the next line's first byte

  std::uint32_t place(const char* p) const noexcept { return static_cast<std::uint32_t>(p - bytes.data()); }
  const char* end() const noexcept { return bytes.data() + bytes.size(); }
  // The line at `at` without its CRLF. Tabs may stand in it, other control characters, bare CR and bare LF may not.
  Scan take_line(std::string_view& line) noexcept {
    const char* const begin = bytes.data() + at;
    const char* p = find_control(begin, end());
    while (p != end() && *p == '\t') p = find_control(p + 1, end());
    if (p == end()) return Scan::need_more;
    if (*p != '\r') return Scan::malformed;
    if (p + 1 == end()) return Scan::need_more;
    if (p[1] != '\n') return Scan::malformed;
    line = {begin, static_cast<std::size_t>(p - begin)};
    at = place(p + 2);
    return Scan::done;
  }
};

// "HTTP/1.1" or "HTTP/1.0": 11 or 10. Another version: 0, no version at all: -1.
int version_of(std::string_view text) noexcept {
  if (text == "HTTP/1.1") return 11;
  if (text == "HTTP/1.0") return 10;
  const bool other = text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' && is_digit(text[7]);
  return other ? 0 : -1;
}

Scan read_request_line(const Cursor& in, std::string_view line, RequestHead& out) noexcept {
  const std::size_t method = token_size(line);
  if (method == 0 || method >= line.size() || line[method] != ' ') return Scan::malformed;
  const std::size_t target = method + 1, space = line.find(' ', target);
  if (space == std::string_view::npos || space == target) return Scan::malformed;
  const int version = version_of(line.substr(space + 1));
  if (version <= 0) return version == 0 ? Scan::version : Scan::malformed;
  out.version = version;
  out.method_at = in.place(line.data());
  out.method_size = static_cast<std::uint32_t>(method);
  out.target_at = in.place(line.data() + target);
  out.target_size = static_cast<std::uint32_t>(space - target);
  return Scan::done;
}

Scan read_status_line(const Cursor& in, std::string_view line, ResponseHead& out) noexcept {
  constexpr std::size_t kStatus = 9, kReason = 13;  // "HTTP/1.1 200 OK"
  const int version = version_of(line.substr(0, 8));
  if (version <= 0 || line.size() < kReason || line[8] != ' ' || line[12] != ' ') return Scan::malformed;
  unsigned status = 0;
  for (const char c : line.substr(kStatus, 3)) {
    if (!is_digit(c)) return Scan::malformed;
    status = status * 10 + static_cast<unsigned>(c - '0');
  }
  out.version = version;
  out.status = status;
  out.reason_at = in.place(line.data() + kReason);
  out.reason_size = static_cast<std::uint32_t>(line.size() - kReason);
  return Scan::done;
}

// A line that does not begin with a name and a colon: the empty one that ends the head, or no field line. No space before the colon (§5.1).
Scan no_field(const char* begin, const char* p, const char* end) noexcept {
  if (p != begin) return Scan::malformed;
  if (*p == ' ' || *p == '\t') return Scan::folded;
  if (*p != '\r') return Scan::malformed;
  if (p + 1 == end) return Scan::need_more;
  return p[1] == '\n' ? Scan::done : Scan::malformed;
}

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

Scan read_fields(Cursor& in, const HeadLimits& limits, Head& out) {
  const char* const end = in.end();
  for (const char* begin = in.bytes.data() + in.at;;) {
    const char* p = find_no_name(begin, end);
    while (p != end && is_token_char(*p)) ++p;
    if (p == end) return Scan::need_more;
    if (*p != ':' || p == begin) {
      in.at = in.place(begin) + 2;
      return no_field(begin, p, end);
    }
    const std::string_view name{begin, static_cast<std::size_t>(p - begin)};
    do ++p;
    while (p != end && is_blank(*p));
    const char* const value = p;
    while ((p = find_control(p, end)) != end && *p == '\t') ++p;
    if (p == end) return Scan::need_more;
    if (*p != '\r') return Scan::malformed;
    if (p + 1 == end) return Scan::need_more;
    if (p[1] != '\n') return Scan::malformed;
    if (out.fields.size() >= limits.fields) return Scan::too_many;
    const char* value_end = p;
    while (value_end != value && is_blank(value_end[-1])) --value_end;
    const FieldId id = field_id(name);
    out.repeated |= out.seen & field_set(id);
    out.seen |= field_set(id);
    out.fields.push_back({.at = in.place(begin),
                          .size = static_cast<std::uint32_t>(p + 2 - begin),
                          .value_at = in.place(value),
                          .value_size = static_cast<std::uint32_t>(value_end - value),
                          .name_size = static_cast<std::uint16_t>(std::min<std::size_t>(name.size(), UINT16_MAX)),
                          .id = id});
    begin = p + 2;
  }
}

constexpr std::size_t kUsualFields = 24;

// A whole head, from its first line on.
template <class HeadType, class FirstLine>
Scan read_head(std::string_view bytes, const HeadLimits& limits, HeadType& out, FirstLine first_line) {
  out.fields.clear();  // what they hold is used again
  auto fields = std::move(out.fields);
  out = HeadType{};
  out.fields = std::move(fields);
  if (out.fields.capacity() == 0) out.fields.reserve(kUsualFields);
  Cursor in{bytes};
  std::string_view line;
  if (const Scan taken = in.take_line(line); taken != Scan::done) return taken;
  if (const Scan read = first_line(in, line, out); read != Scan::done) return read;
  if (const Scan read = read_fields(in, limits, out); read != Scan::done) return read;
  out.size = static_cast<std::uint32_t>(in.at);
  return Scan::done;
}

bool too_large(Scan scan, std::string_view bytes, const HeadLimits& limits, const Head& head) noexcept {
  return (scan == Scan::need_more && bytes.size() >= limits.bytes) || (scan == Scan::done && head.size > limits.bytes);
}

}  // namespace

bool named_in_list(std::string_view list, std::string_view token) noexcept {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (iequals(trim(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

Result<Parsed> parse_request(std::string_view bytes, const HeadLimits& limits, RequestHead& out) {
  const Scan scan = read_head(bytes, limits, out, read_request_line);
  if (too_large(scan, bytes, limits, out))
    return Error{Code::headers_too_large, Fault::client, Again::no, "The request's headers are larger than this gateway takes."};
  switch (scan) {
    case Scan::need_more: return Parsed::need_more;
    case Scan::malformed: return refused("The request's head is not well-formed HTTP/1.1.");
    case Scan::folded: return refused("A header field is folded over several lines.");
    case Scan::version: return refused("Only HTTP/1.0 and HTTP/1.1 are spoken here.");
    case Scan::too_many:
      return Error{Code::headers_too_large, Fault::client, Again::no, "The request has more header fields than this gateway takes."};
    case Scan::done: break;
  }
  if (const char* what = check_request(bytes, out)) return refused(what);
  if (const char* what = read_connection(bytes, out)) return refused(what);
  return Parsed::done;
}

Result<Parsed> parse_response(std::string_view bytes, const HeadLimits& limits, bool to_head, ResponseHead& out) {
  const Scan scan = read_head(bytes, limits, out, read_status_line);
  if (scan == Scan::too_many || too_large(scan, bytes, limits, out))
    return hostile("The provider's response headers are larger than this gateway takes.");
  if (scan == Scan::need_more) return Parsed::need_more;
  if (scan != Scan::done) return hostile("The provider's response head is not well-formed HTTP/1.1.");
  if (out.status < 100 || out.status > 599) return hostile("The provider's response has no valid status.");
  if (const char* what = read_framing(bytes, out)) return hostile(what);
  if (const char* what = read_connection(bytes, out)) return hostile(what);
  if (to_head || out.status < 200 || out.status == 204 || out.status == 304)
    out.framing = Framing::none;  // RFC 9112 §6.3
  else if (out.framing == Framing::none)
    out.framing = Framing::until_close;
  return Parsed::done;
}

}  // namespace lectr::net
