// One connection to Redis on an event loop of its owner's: hiredis' protocol over Asio. Comes back by itself; what was under way when it broke is
// never answered afterwards. All calls and callbacks on the loop's thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "lectr/base/secret.hpp"

struct redisReply;
struct redisAsyncContext;

namespace lectr::limits {

struct RedisAddress {
  std::string host, path;  // path: of a unix socket
  int port = 6379, db = 0;
  Secret password;
};
// redis://[:password@]host[:port][/db], unix://path. Nothing: it is neither.
std::optional<RedisAddress> parse_redis_address(std::string_view url);

class RedisLink {
 public:
  struct Timing {
    std::chrono::milliseconds dead{1000};  // without an answer for so long the connection is closed
    std::chrono::milliseconds retry_least{200}, retry_most{400};
  };
  // Null: no answer will be believed any more.
  using Answered = std::function<void(const redisReply*)>;
  using Changed = std::function<void(bool up)>;

  RedisLink(boost::asio::io_context& io, RedisAddress address, Timing timing, Changed changed);
  ~RedisLink();
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;

  void start();
  void stop();  // answers what is under way with null; does not come back
  bool up() const noexcept { return up_; }
  void command(std::vector<std::string> words, Answered answered);
  // Runs a script that the server most likely knows already, and tells it the text if it does not.
  void script(std::string_view text, const std::string& digest, std::vector<std::string> arguments, Answered answered);

 private:
  class Wire;
  struct Sent;

  void connect();
  void greet();
  void close();
  void lost();
  void retry_later();
  void watch();

  boost::asio::io_context& io_;
  const RedisAddress address_;
  const Timing timing_;
  const Changed changed_;
  boost::asio::steady_timer retry_, watch_;
  std::shared_ptr<Wire> wire_;
  std::deque<std::chrono::steady_clock::time_point> under_way_;  // answers come in order
  std::chrono::steady_clock::time_point connecting_since_;
  std::mt19937_64 dice_{std::random_device{}()};
  bool up_ = false, stopped_ = true;
  bool told_refused_ = false;  // since it was last up
};

// What an error of the server means and what to do about it: words of ours, none of the server's.
const char* redis_refusal(std::string_view error) noexcept;

// As the server names scripts.
std::string script_digest(std::string_view text);

}  // namespace lectr::limits
