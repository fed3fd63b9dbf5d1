#include "lectr/net/head.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <charconv>

#include "lectr/base/text.hpp"

namespace lectr::net {
namespace {

namespace http = boost::beast::http;
using http::field;
using Text = boost::beast::string_view;

FieldId unlisted_field(std::string_view name) noexcept {
  struct Known {
    std::string_view name;
    FieldId id;
  };
  static constexpr Known kKnown[] = {{"x-lectr-key", FieldId::lectr_key},
                                     {"x-lectr-feature", FieldId::lectr_feature},
                                     {"x-lectr-task", FieldId::lectr_task},
                                     {"x-lectr-provider", FieldId::lectr_provider},
                                     {"x-lectr-debug", FieldId::lectr_debug},
                                     {"x-api-key", FieldId::x_api_key},
                                     {"api-key", FieldId::api_key},
                                     {"x-goog-api-key", FieldId::x_goog_api_key},
                                     {"anthropic-version", FieldId::anthropic_version},
                                     {"x-stainless-retry-count", FieldId::client_retry_count},
                                     {"x-stainless-timeout", FieldId::client_timeout},
                                     {"x-stainless-read-timeout", FieldId::client_timeout},
                                     {"x-server-timeout", FieldId::client_timeout},
                                     {"x-request-id", FieldId::provider_request_id},
                                     {"request-id", FieldId::provider_request_id},
                                     {"apim-request-id", FieldId::provider_request_id}};
  for (const Known& k : kKnown)
    if (iequals(name, k.name)) return k.id;
  if (istarts_with(name, "x-lectr-provider-key-")) return FieldId::lectr_provider_key;
  if (istarts_with(name, "x-lectr-")) return FieldId::lectr_other;
  return FieldId::other;
}

FieldId field_id(field f, std::string_view name) noexcept {
  switch (f) {
    case field::host: return FieldId::host;
    case field::connection: return FieldId::connection;
    case field::keep_alive: return FieldId::keep_alive;
    case field::proxy_connection: return FieldId::proxy_connection;
    case field::te: return FieldId::te;
    case field::transfer_encoding: return FieldId::transfer_encoding;
    case field::content_length: return FieldId::content_length;
    case field::upgrade: return FieldId::upgrade;
    case field::trailer: return FieldId::trailer;
    case field::expect: return FieldId::expect;
    case field::proxy_authenticate: return FieldId::proxy_authenticate;
    case field::proxy_authorization: return FieldId::proxy_authorization;
    case field::authorization: return FieldId::authorization;
    case field::content_type: return FieldId::content_type;
    case field::content_encoding: return FieldId::content_encoding;
    case field::retry_after: return FieldId::retry_after;
    case field::sec_websocket_protocol: return FieldId::sec_websocket_protocol;
    case field::unknown: return unlisted_field(name);
    default: return FieldId::other;
  }
}

// Places only: Beast checks the grammar and hands us views into our own bytes.
template <bool kRequest>
class Parser final : public http::basic_parser<kRequest> {
 public:
  Parser(std::string_view bytes, const HeadLimits& limits, Head& head) : bytes_{bytes}, limits_{limits}, head_{head} {
    this->header_limit(limits.bytes);
    this->body_limit(boost::none);
    this->skip(true);
  }
  bool too_many() const noexcept { return too_many_; }
  std::uint32_t method_at = 0, method_size = 0, target_at = 0, target_size = 0, reason_at = 0, reason_size = 0;
  unsigned status = 0;

 private:
  using Code = boost::beast::error_code;
  std::uint32_t place(Text part) const noexcept { return static_cast<std::uint32_t>(part.data() - bytes_.data()); }

  void on_request_impl(http::verb, Text method, Text target, int version, Code&) override {
    method_at = place(method);
    method_size = static_cast<std::uint32_t>(method.size());
    target_at = place(target);
    target_size = static_cast<std::uint32_t>(target.size());
    head_.version = version;
  }
  void on_response_impl(int code, Text reason, int version, Code&) override {
    status = static_cast<unsigned>(code);
    if (!reason.empty()) reason_at = place(reason);
    reason_size = static_cast<std::uint32_t>(reason.size());
    head_.version = version;
  }
  void on_field_impl(field f, Text name, Text value, Code& ec) override {
    if (head_.fields.size() >= limits_.fields) {
      too_many_ = true;
      ec = http::error::header_limit;
      return;
    }
    Field at;
    at.at = place(name);
    at.name_size = static_cast<std::uint16_t>(name.size());
    const std::size_t after_colon = at.at + name.size() + 1;
    std::size_t end = after_colon;
    if (!value.empty()) {
      // A folded line (obs-fold, RFC 9112 §5.2) is assembled in Beast's own buffer or leaves a line end before the value.
      if (value.data() < bytes_.data() || value.data() + value.size() > bytes_.data() + bytes_.size() ||
          bytes_.substr(after_colon, place(value) - after_colon).find('\n') != std::string_view::npos) {
        ec = http::error::bad_obs_fold;
        return;
      }
      at.value_at = place(value);
      at.value_size = static_cast<std::uint32_t>(value.size());
      end = at.value_at + value.size();
    } else {
      at.value_at = static_cast<std::uint32_t>(after_colon);
    }
    end = bytes_.find('\n', end);
    if (end == std::string_view::npos || (end + 1 < bytes_.size() && (bytes_[end + 1] == ' ' || bytes_[end + 1] == '\t'))) {
      ec = http::error::bad_obs_fold;
      return;
    }
    at.size = static_cast<std::uint32_t>(end + 1 - at.at);
    at.id = field_id(f, {name.data(), name.size()});
    head_.fields.push_back(at);
  }
  void on_header_impl(Code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(Text body, Code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, Text, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Code&) override { return body.size(); }
  void on_finish_impl(Code&) override {}

  std::string_view bytes_;
  const HeadLimits& limits_;
  Head& head_;
  bool too_many_ = false;
};

constexpr Error refused(const char* what) { return {Code::invalid_request, Fault::client, Again::no, what}; }
constexpr Error hostile(const char* what) { return {Code::provider_bad_response, Fault::provider, Again::next_target, what}; }

// Content-Length and Transfer-Encoding, each at most once and never both; only plain "chunked" (RFC 9112 §6.1, §6.3).
const char* read_framing(std::string_view bytes, Head& head) noexcept {
  int lengths = 0, codings = 0;
  for (const Field& f : head.fields) {
    const std::string_view value = head.value(bytes, f);
    if (f.id == FieldId::content_length) {
      ++lengths;
      const auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), head.length);
      if (value.empty() || value.size() > 18 || bad != std::errc{} || end != value.data() + value.size() || value.front() == '+')
        return "The Content-Length is no plain number.";
      head.framing = Framing::length;
    } else if (f.id == FieldId::transfer_encoding) {
      ++codings;
      if (!iequals(value, "chunked")) return "The only Transfer-Encoding understood here is chunked.";
      head.framing = Framing::chunked;
    }
  }
  if (lengths > 1) return "Content-Length stands more than once.";
  if (codings > 1) return "Transfer-Encoding stands more than once.";
  if (lengths > 0 && codings > 0) return "Content-Length and Transfer-Encoding stand together.";
  if (codings > 0 && head.version < 11) return "Transfer-Encoding has no meaning in HTTP/1.0.";
  return nullptr;
}

void read_connection(std::string_view bytes, Head& head) noexcept {
  bool close = false, keep = false, upgrade = false, websocket = false;
  for (const Field& f : head.fields) {
    const std::string_view value = head.value(bytes, f);
    if (f.id == FieldId::connection) {
      close = close || named_in_list(value, "close");
      keep = keep || named_in_list(value, "keep-alive");
      upgrade = upgrade || named_in_list(value, "upgrade");
    } else if (f.id == FieldId::upgrade) {
      websocket = websocket || iequals(value, "websocket");
    }
  }
  head.keep_alive = !close && (head.version >= 11 || keep);
  head.upgrade_websocket = upgrade && websocket;
}

bool valid_host(std::string_view host) noexcept {
  for (const char c : host)
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F ||
        std::string_view{"/\\?#@<>\"{}|^`,"}.find(c) != std::string_view::npos)
      return false;
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return true;
  const std::string_view port = host.substr(colon + 1);
  return port.size() <= 5 && port.find_first_not_of("0123456789") == std::string_view::npos;
}

const char* check_target(std::string_view bytes, RequestHead& head) noexcept {
  std::string_view target = head.target(bytes);
  for (const char c : target)
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F || c == '#')
      return "The request target has a character that a target can't have.";
  if (istarts_with(target, "http://") || istarts_with(target, "https://")) {  // absolute-form: a server must accept it (RFC 9112 §3.2.2)
    const std::size_t authority = target.find("//") + 2, path = target.find('/', authority);
    if (path == authority) return "The request target names no host.";
    if (path == std::string_view::npos) return "The request target has no path.";
    head.target_at += static_cast<std::uint32_t>(path);
    head.target_size -= static_cast<std::uint32_t>(path);
    return nullptr;
  }
  if (target.empty() || target.front() != '/') return "The request target must be a path. CONNECT and OPTIONS * are not served here.";
  return nullptr;
}

const char* check_request(std::string_view bytes, RequestHead& head) noexcept {
  if (head.version != 10 && head.version != 11) return "Only HTTP/1.0 and HTTP/1.1 are spoken here.";
  if (const char* what = read_framing(bytes, head)) return what;
  if (const char* what = check_target(bytes, head)) return what;
  if (head.method(bytes) == "CONNECT") return "CONNECT is not served here.";
  int hosts = 0;
  for (const Field& f : head.fields) {
    if (f.id == FieldId::host) {
      ++hosts;
      if (!valid_host(head.value(bytes, f))) return "The Host field is no host.";
    } else if (f.id == FieldId::expect && head.version >= 11) {
      head.expect_continue = iequals(head.value(bytes, f), "100-continue");
    }
  }
  if (hosts > 1) return "The Host field stands more than once.";
  if (hosts == 0 && head.version >= 11) return "The Host field is missing.";
  return nullptr;
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

bool is_hop_by_hop(FieldId id) noexcept {
  switch (id) {
    case FieldId::connection:
    case FieldId::keep_alive:
    case FieldId::proxy_connection:
    case FieldId::te:
    case FieldId::transfer_encoding:
    case FieldId::upgrade:
    case FieldId::proxy_authenticate:
    case FieldId::proxy_authorization: return true;
    default: return false;
  }
}

Result<Parsed> parse_request(std::string_view bytes, const HeadLimits& limits, RequestHead& out) {
  out = RequestHead{.method_at = 0};
  out.fields.reserve(24);
  Parser<true> parser{bytes, limits, out};
  boost::beast::error_code ec;
  const std::size_t used = parser.put(boost::asio::const_buffer{bytes.data(), bytes.size()}, ec);
  if (ec == http::error::need_more) {
    if (bytes.size() >= limits.bytes)
      return Error{Code::headers_too_large, Fault::client, Again::no, "The request's headers are larger than this gateway takes."};
    return Parsed::need_more;
  }
  if (ec == http::error::header_limit) {
    return Error{Code::headers_too_large, Fault::client, Again::no,
                 parser.too_many() ? "The request has more header fields than this gateway takes."
                                   : "The request's headers are larger than this gateway takes."};
  }
  if (ec == http::error::bad_version) return refused("Only HTTP/1.0 and HTTP/1.1 are spoken here.");
  if (ec == http::error::bad_obs_fold) return refused("A header field is folded over several lines.");
  if (ec) return refused("The request's head is not well-formed HTTP/1.1.");
  out.size = static_cast<std::uint32_t>(used);
  out.method_at = parser.method_at;
  out.method_size = parser.method_size;
  out.target_at = parser.target_at;
  out.target_size = parser.target_size;
  if (const char* what = check_request(bytes, out)) return refused(what);
  read_connection(bytes, out);
  return Parsed::done;
}

Result<Parsed> parse_response(std::string_view bytes, const HeadLimits& limits, bool to_head, ResponseHead& out) {
  out = ResponseHead{.status = 0};
  out.fields.reserve(24);
  Parser<false> parser{bytes, limits, out};
  boost::beast::error_code ec;
  const std::size_t used = parser.put(boost::asio::const_buffer{bytes.data(), bytes.size()}, ec);
  if (ec == http::error::need_more) {
    if (bytes.size() >= limits.bytes) return hostile("The provider's response headers are larger than this gateway takes.");
    return Parsed::need_more;
  }
  if (ec == http::error::header_limit) return hostile("The provider's response headers are larger than this gateway takes.");
  if (ec) return hostile("The provider's response head is not well-formed HTTP/1.1.");
  out.size = static_cast<std::uint32_t>(used);
  out.status = parser.status;
  out.reason_at = parser.reason_at;
  out.reason_size = parser.reason_size;
  if (out.status < 100 || out.status > 599) return hostile("The provider's response has no valid status.");
  if (const char* what = read_framing(bytes, out)) return hostile(what);
  read_connection(bytes, out);
  if (to_head || out.status < 200 || out.status == 204 || out.status == 304)
    out.framing = Framing::none;  // RFC 9112 §6.3
  else if (out.framing == Framing::none)
    out.framing = Framing::until_close;
  return Parsed::done;
}

}  // namespace lectr::net
