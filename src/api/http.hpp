// One request and one answer as the endpoints see them: plain values, so that an endpoint can be tested without a socket.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <memory>
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
// A number that was parsed: a Problem can be made of one too, so that the conversion must be told which is meant.
template <class T>
Parsed<T> parsed(T value) {
  return Parsed<T>{boost::system::in_place_value, value};
}
Problem problem_of(const Error& error);  // of a store: its literal text; 400, 403, 404, 409, 503, or 500 for the rest

// The decoded query string. Names are unique: a repeated one is refused, since two readers could pick different ones.
class Query {
 public:
  static Parsed<Query> parse(std::string_view text);
  const std::string* find(std::string_view name) const noexcept;  // null: not given
  const std::vector<std::pair<std::string, std::string>>& all() const noexcept { return pairs_; }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

enum class Verb : std::uint8_t { get, post, put, patch, del };

struct Request {
  Verb verb = Verb::get;
  std::string path;  // without the query, not decoded
  Query query;
  std::string body;
  // The few headers that endpoints and checks look at; empty: absent.
  std::string authorization, cookie, content_type, origin, host, sec_fetch_site, csrf;
  std::string peer;  // address without port
  bool tls = false;
  bool forwarded = false;  // a proxy says that it speaks for somebody else
};

// A body that is made while it is sent: a piece is asked for when the one before has left, so it costs the same memory however long it is.
class Chunks {
 public:
  virtual ~Chunks() = default;
  // Blocks; on a store thread. Empty: the end. An error breaks the connection off, so that nobody takes a part for the whole.
  virtual Result<std::string> next() = 0;
};
class LiveStream;

struct Reply {
  unsigned status = 200;
  std::string body, content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  // At most one of these, in place of `body`.
  std::shared_ptr<Chunks> chunks;
  std::shared_ptr<LiveStream> live;

  static Reply json(unsigned status, std::string body);
  static Reply empty();  // 204
  static Reply problem(const Problem& problem);
  static Reply problem(const Error& error) { return problem(problem_of(error)); }
};

}  // namespace lectr::api
