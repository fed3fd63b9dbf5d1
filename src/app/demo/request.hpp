// One request as it came over the socket, and the parser that fills it.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "app/demo/digest.hpp"

namespace lectr::demo {

struct Field {
  std::string_view name, value;
};

struct MockRequest {
  std::string method, target;
  unsigned version = 11;
  bool keep_alive = true;
  bool chunked = false;
  std::string raw_head;  // request line and headers as received, with the empty line
  Digest body;           // without transfer coding
  Digest wire;           // with it; only filled when chunked

  void clear() noexcept;
  void add_field(std::string_view name, std::string_view value);
  std::vector<Field> fields() const;                              // trailers last; views live until clear()
  std::string_view header(std::string_view name) const noexcept;  // first of that name; empty: absent
  std::string_view path() const noexcept { return std::string_view{target}.substr(0, target.find('?')); }
  std::string_view query(std::string_view name) const noexcept;  // value of ?name=, still encoded

 private:
  struct Span {
    std::uint32_t name, value, end;
  };
  std::string text_;
  std::vector<Span> spans_;
};

// Beast's strict parsing, our storage. Feed with put(); `eager` stays off, so the first put() that succeeds ends exactly after the head.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  explicit RequestParser(MockRequest& request);

 private:
  using error_code = boost::system::error_code;
  using string_view = boost::beast::string_view;
  void on_request_impl(boost::beast::http::verb, string_view method, string_view target, int version, error_code&) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(boost::beast::http::field, string_view name, string_view value, error_code&) override;
  void on_header_impl(error_code&) override;
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view body, error_code&) override;
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override;
  void on_finish_impl(error_code&) override {}

  MockRequest& request_;
};

}  // namespace lectr::demo
