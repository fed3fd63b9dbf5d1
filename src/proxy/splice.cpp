#include "splice.hpp"

#include "lectr/base/text.hpp"

namespace lectr::proxy {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

}  // namespace

bool is_form(const Exchange& x) noexcept {
  const net::Field* type = x.head.find(net::FieldId::content_type);
  return type && istarts_with(x.head.value(x.request.view(), *type), "multipart/");
}

bool is_editable(const Exchange& x) noexcept {
  if (x.head.find(net::FieldId::content_encoding)) return false;
  return x.head.framing != net::Framing::chunked || (x.request_in() && x.held_body().ends_with("\r\n0\r\n\r\n"));
}

SplicedBody splice(std::string_view body, std::span<const wire::Edit> edits) noexcept {
  SplicedBody parts;
  std::size_t at = 0, n = 0;
  for (const wire::Edit& edit : edits) {
    parts[n++] = body.substr(at, edit.begin - at);
    parts[n++] = edit.text;
    at = edit.end;
  }
  parts[n] = body.substr(at);
  return parts;
}

ModelPlace find_model(const Exchange& x, const wire::Peeked& seen) noexcept {
  using In = ModelPlace::In;
  if (!x.endpoint.path_model.empty()) {
    const auto at = static_cast<std::size_t>(x.endpoint.path_model.data() - x.head.target(x.request.view()).data());
    return {In::target, at, at + x.endpoint.path_model.size()};
  }
  if (!seen.has_model || seen.malformed || seen.model_values != 1 || !is_editable(x)) return {};
  const In in = x.head.framing == net::Framing::chunked ? In::chunked_body : is_form(x) ? In::form : In::body;
  return {in, seen.model_begin, seen.model_end};
}

std::string json_string(std::string_view text) {
  std::string out{'"'};
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out.append(1, '\\').append(1, c);
    else if (byte < 0x20)
      out.append("\\u00").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    else
      out += c;
  }
  return out += '"';
}

std::string path_segment(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved)
      out += c;
    else
      out.append(1, '%').append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
  }
  return out;
}

std::string unchunked(std::string_view body) {
  std::vector<std::string_view> pieces;
  net::BodyScan scan;
  scan.start(net::Framing::chunked, 0);
  scan.feed(body, &pieces);
  std::string out;
  out.reserve(body.size());
  for (const std::string_view piece : pieces) out.append(piece);
  return out;
}

std::string portable_target(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  if (const std::size_t at = path.find("/v1/"); at != path.npos) return std::string{path.substr(at)};
  constexpr std::string_view kGemini = "/v1beta/openai";
  return std::string{"/v1"}.append(path.starts_with(kGemini) ? path.substr(kGemini.size()) : path);
}

}  // namespace lectr::proxy
