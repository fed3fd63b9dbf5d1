// The connection to Redis against a scripted server, which says what a real one never would at a moment of our choice; and once against a real one.
#include "limits/redis_link.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "redis_server.hpp"

namespace lectr::limits {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
constexpr RedisLink::Timing kFast{200ms, 10ms, 20ms};

// Takes one connection after the other, and what they send into `heard`; the test answers.
class Scripted {
 public:
  explicit Scripted(asio::io_context& io) : acceptor_{io, {asio::ip::address_v4::loopback(), 0}}, peer_{io} { accept(); }
  RedisAddress address() const {
    RedisAddress out;
    out.host = "127.0.0.1";
    out.port = acceptor_.local_endpoint().port();
    return out;
  }
  void say(std::string_view text) { asio::write(peer_, asio::buffer(text)); }
  void hang_up() { peer_.close(); }

  int connections = 0;
  std::string heard;

 private:
  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, asio::ip::tcp::socket peer) {
      if (error) return;
      peer_ = std::move(peer);
      heard.clear();
      ++connections;
      read();
      accept();
    });
  }
  void read() {
    peer_.async_read_some(asio::buffer(buffer_), [this, which = connections](const boost::system::error_code& error, std::size_t n) {
      if (error || which != connections) return;
      heard.append(buffer_.data(), n);
      read();
    });
  }
  asio::ip::tcp::acceptor acceptor_;
  asio::ip::tcp::socket peer_;
  std::array<char, 4096> buffer_;
};

class Link : public testing::Test {
 protected:
  template <class Condition>
  bool eventually(Condition condition, std::chrono::milliseconds patience = 3000ms) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!condition() && std::chrono::steady_clock::now() < until) {
      io_.restart();
      io_.run_for(2ms);
    }
    return condition();
  }
  void begin(RedisAddress address) {
    link_ = std::make_unique<RedisLink>(io_, std::move(address), kFast, [this](bool up) { changes_ += up ? "+" : "-"; });
    link_->start();
  }
  void greet() {
    begin(server_.address());
    ASSERT_TRUE(eventually([&] { return server_.heard.find("PING") != std::string::npos; }));
    server_.say("+PONG\r\n");
    ASSERT_TRUE(eventually([&] { return link_->up(); }));
  }
  RedisLink::Answered note(std::string name) {
    return [this, name](const redisReply* reply) {
      told_ += name + '=' +
               (!reply                               ? "none"
                : reply->type == REDIS_REPLY_INTEGER ? std::to_string(reply->integer)
                : reply->str                         ? reply->str
                                                     : "?") +
               ' ';
    };
  }

  asio::io_context io_{1};
  Scripted server_{io_};
  std::unique_ptr<RedisLink> link_;
  std::string changes_, told_;
};

TEST_F(Link, AnswersComeInOrderHoweverTheyAreCut) {
  greet();
  for (const char* name : {"a", "b", "c"}) link_->command({"GET", name}, note(name));
  ASSERT_TRUE(eventually([&] { return server_.heard.find("$1\r\nc\r\n") != std::string::npos; })) << "sent without waiting for answers";
  for (const char byte : std::string_view{":1\r\n$2\r\nhi\r\n:3\r\n"}) {
    server_.say({&byte, 1});
    io_.restart();
    io_.run_for(1ms);
  }
  ASSERT_TRUE(eventually([&] { return told_.find("c=") != std::string::npos; }));
  EXPECT_EQ(told_, "a=1 b=hi c=3 ");
}

TEST_F(Link, GreetsWithPasswordAndDatabase) {
  RedisAddress address = server_.address();
  address.password = Secret{"pw"};
  address.db = 3;
  begin(std::move(address));
  ASSERT_TRUE(eventually([&] { return server_.heard.find("PING") != std::string::npos; }));
  EXPECT_EQ(server_.heard, "*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*1\r\n$4\r\nPING\r\n");
  server_.say("+OK\r\n+OK\r\n+PONG\r\n");
  EXPECT_TRUE(eventually([&] { return link_->up(); }));
}

TEST_F(Link, IsNotUpWhereItIsRefused) {
  begin(server_.address());
  ASSERT_TRUE(eventually([&] { return server_.heard.find("PING") != std::string::npos; }));
  server_.say("-NOAUTH Authentication required.\r\n");
  EXPECT_TRUE(eventually([&] { return server_.connections == 2; })) << "and tries again";
  EXPECT_EQ(changes_, "");
}

TEST_F(Link, AMessageWithoutAnswerClosesTheConnection) {
  greet();
  link_->command({"GET", "a"}, note("a"));
  link_->command({"GET", "b"}, note("b"));
  ASSERT_TRUE(eventually([&] { return told_ == "a=none b=none "; })) << told_;
  EXPECT_EQ(changes_, "+-");
  link_->command({"GET", "c"}, note("c"));
  EXPECT_EQ(told_, "a=none b=none c=none ") << "at once while it is away";
  ASSERT_TRUE(eventually([&] { return server_.connections == 2 && server_.heard.find("PING") != std::string::npos; }));
  server_.say("+PONG\r\n");
  EXPECT_TRUE(eventually([&] { return changes_ == "+-+"; })) << changes_;
}

TEST_F(Link, ComesBackAfterTheServerHungUp) {
  greet();
  link_->command({"GET", "a"}, note("a"));
  ASSERT_TRUE(eventually([&] { return server_.heard.find("GET") != std::string::npos; }));
  server_.hang_up();
  ASSERT_TRUE(eventually([&] { return server_.connections == 2; }));
  EXPECT_EQ(told_, "a=none ");
}

TEST_F(Link, AServerThatSaysNothingIsGivenUp) {
  begin(server_.address());
  EXPECT_TRUE(eventually([&] { return server_.connections >= 2; }));
  EXPECT_FALSE(link_->up());
}

TEST_F(Link, AnUnknownScriptIsTold) {
  greet();
  link_->script("return 5", script_digest("return 5"), {"0"}, note("a"));
  ASSERT_TRUE(eventually([&] { return server_.heard.find("EVALSHA") != std::string::npos; }));
  server_.heard.clear();
  server_.say("-NOSCRIPT No matching script.\r\n");
  ASSERT_TRUE(eventually([&] { return server_.heard.find("return 5") != std::string::npos; }));
  server_.say(":5\r\n");
  EXPECT_TRUE(eventually([&] { return told_ == "a=5 "; })) << told_;
}

TEST_F(Link, MayEndWhileSomethingIsUnderWay) {
  greet();
  link_->command({"GET", "a"}, note("a"));
  link_.reset();
  EXPECT_EQ(told_, "a=none ");
  io_.restart();
  io_.run_for(20ms);
}

TEST_F(Link, TalksToARealServer) {
  RedisServer real;
  if (!real.up()) GTEST_SKIP() << "there is no redis-server here";
  RedisAddress address;
  address.path = real.path();
  begin(std::move(address));
  ASSERT_TRUE(eventually([&] { return link_->up(); }));
  for (const char* name : {"a", "b"}) link_->script("return 5", script_digest("return 5"), {"0"}, note(name));
  ASSERT_TRUE(eventually([&] { return told_ == "a=5 b=5 "; })) << told_;
  real.end();
  ASSERT_TRUE(eventually([&] { return changes_ == "+-"; }));
  ASSERT_TRUE(real.begin());
  EXPECT_TRUE(eventually([&] { return changes_ == "+-+"; }));
}

struct RefusalCase {
  const char *error, *begins;
};
class Refusal : public testing::TestWithParam<RefusalCase> {};
TEST_P(Refusal, IsToldInOurWords) {
  EXPECT_TRUE(std::string_view{redis_refusal(GetParam().error)}.starts_with(GetParam().begins)) << redis_refusal(GetParam().error);
}
INSTANTIATE_TEST_SUITE_P(
    Errors, Refusal,
    testing::Values(RefusalCase{"OOM command not allowed when used memory > 'maxmemory'.", "OOM: "},
                    RefusalCase{"ERR Error running script (call to f_1): @user_script:1: -OOM command not allowed", "OOM: "},
                    RefusalCase{"READONLY You can't write against a read only replica.", "READONLY: "},
                    RefusalCase{"MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.", "MISCONF: "},
                    RefusalCase{"NOPERM this user has no permissions to run the 'evalsha' command", "NOPERM: "},
                    RefusalCase{"BUSY Redis is busy running a script.", "BUSY: "},
                    RefusalCase{"WRONGTYPE Operation against a key holding the wrong kind of value", "WRONGTYPE: "},
                    RefusalCase{"MOVED 3999 127.0.0.1:6381", "MOVED: "}, RefusalCase{"ERR DB index is out of range", "its database number"},
                    RefusalCase{"ERR something new", "an error that is none"}));

struct AddressCase {
  const char *url, *want;
};
class Address : public testing::TestWithParam<AddressCase> {};
TEST_P(Address, IsRead) {
  const auto a = parse_redis_address(GetParam().url);
  const std::string got = !a ? "-"
                          : a->path.empty()
                              ? a->host + ' ' + std::to_string(a->port) + ' ' + std::to_string(a->db) + ' ' + std::string{a->password.reveal()}
                              : a->path;
  EXPECT_EQ(got, GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(Urls, Address,
                         testing::Values(AddressCase{"redis://h", "h 6379 0 "}, AddressCase{"redis://:p%40w@h:1/2", "h 1 2 p@w"},
                                         AddressCase{"redis://[::1]:7", "::1 7 0 "}, AddressCase{"unix:///a/b", "/a/b"}, AddressCase{"redis://", "-"},
                                         AddressCase{"redis://h:0", "-"}, AddressCase{"redis://h/x", "-"}, AddressCase{"redis://user:p@h", "-"},
                                         AddressCase{"rediss://h", "-"}, AddressCase{"unix://", "-"}));

}  // namespace
}  // namespace lectr::limits
