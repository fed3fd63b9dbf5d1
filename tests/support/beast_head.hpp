// Another reading of the same head, by Boost.Beast: what our parser accepts, Beast must accept too and read the same way. The reverse need
// not hold: we refuse more (folded lines, other versions).
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "lectr/net/head.hpp"

namespace lectr::oracle {

namespace http = boost::beast::http;

template <bool kRequest>
class BeastHead final : public http::basic_parser<kRequest> {
  using Text = boost::beast::string_view;
  using Code = boost::beast::error_code;

 public:
  struct Line {
    std::string name, value;
  };
  std::string method, target, reason;
  int version = 0, status = 0;
  std::vector<Line> fields;
  std::size_t size = 0;

  // Whether Beast takes the head at the front of `bytes` as a whole.
  bool read(std::string_view bytes) {
    this->header_limit(1u << 20);
    this->body_limit(boost::none);
    this->skip(true);
    Code ec;
    size = this->put(boost::asio::const_buffer{bytes.data(), bytes.size()}, ec);
    return !ec && this->is_header_done();
  }

 private:
  static std::string text(Text t) { return {t.data(), t.size()}; }
  void on_request_impl(http::verb, Text m, Text t, int v, Code&) override { method = text(m), target = text(t), version = v; }
  void on_response_impl(int s, Text r, int v, Code&) override { status = s, reason = text(r), version = v; }
  void on_field_impl(http::field, Text name, Text value, Code&) override { fields.push_back({text(name), text(value)}); }
  void on_header_impl(Code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(Text body, Code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, Text, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Code&) override { return body.size(); }
  void on_finish_impl(Code&) override {}
};

template <bool kRequest>
bool same_fields(std::string_view bytes, const net::Head& ours, const BeastHead<kRequest>& theirs) {
  if (ours.fields.size() != theirs.fields.size() || ours.size != theirs.size || ours.version != theirs.version) return false;
  for (std::size_t i = 0; i < ours.fields.size(); ++i)
    if (ours.name(bytes, ours.fields[i]) != theirs.fields[i].name || ours.value(bytes, ours.fields[i]) != theirs.fields[i].value) return false;
  return true;
}

// Empty: the readings agree, or ours refuses. Else what differs.
inline std::string disagreement(std::string_view bytes, const net::RequestHead& ours) {
  BeastHead<true> theirs;
  if (!theirs.read(bytes)) return "Beast refuses this request";
  if (ours.method(bytes) != theirs.method) return "another method";
  const bool absolute = theirs.target.size() > ours.target_size;
  if (absolute ? !theirs.target.ends_with(ours.target(bytes)) : ours.target(bytes) != theirs.target) return "another target";
  return same_fields(bytes, ours, theirs) ? "" : "other fields";
}
inline std::string disagreement(std::string_view bytes, const net::ResponseHead& ours) {
  BeastHead<false> theirs;
  if (!theirs.read(bytes)) return "Beast refuses this response";
  if (static_cast<int>(ours.status) != theirs.status || bytes.substr(ours.reason_at, ours.reason_size) != theirs.reason) return "another status";
  return same_fields(bytes, ours, theirs) ? "" : "other fields";
}

}  // namespace lectr::oracle
