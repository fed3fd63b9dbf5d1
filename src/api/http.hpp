// One request and one answer as the endpoints see them: plain values, so that an endpoint can be tested without a socket.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lectr/base/result.hpp"

namespace lectr::api {

// Why a request was refused, for the one error shape {"error":{"code","message","field"}}. `field` is the parameter or member at fault.
struct Problem {
  unsigned status = 400;
  const char* code = "invalid_parameter";
  std::string message, field;
  int retry_after_s = 0;  // 0: no Retry-After
};
template <class T>
using Parsed = boost::system::result<T, Problem>;

// The decoded query string. Names are unique: a repeated one is refused, since two readers could pick different ones.
class Query {
 public:
  static Parsed<Query> parse(std::string_view text);
  const std::string* find(std::string_view name) const noexcept;  // null: not given
  const std::vector<std::pair<std::string, std::string>>& all() const noexcept { return pairs_; }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

enum class Verb : std::uint8_t { get, post, del };

struct Request {
  Verb verb = Verb::get;
  std::string path;  // without the query, not decoded
  Query query;
  std::string body;
  // The few headers that endpoints and checks look at; empty: absent.
  std::string authorization, cookie, content_type, origin, host, sec_fetch_site, csrf;
  std::string peer;  // address without port
  bool tls = false;
};

struct Reply {
  unsigned status = 200;
  std::string body, content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;

  static Reply json(unsigned status, std::string body);
  static Reply empty();  // 204
  static Reply problem(const Problem& problem);
  static Reply problem(const Error& error);  // of a store: its literal text, 404, 409 or 503
};

}  // namespace lectr::api
