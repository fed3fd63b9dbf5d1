#include "api/work_pool.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <latch>

namespace lectr::api {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<void> keep(WorkPool& pool, std::function<Reply()> work, std::chrono::milliseconds patience, unsigned& status) {
  const Reply reply = co_await pool.run(std::move(work), patience);
  status = reply.status;
}

TEST(WorkPool, AnswersComeBackToTheCaller) {
  asio::io_context io{1};
  WorkPool pool{1, 0};
  unsigned status = 0;
  asio::co_spawn(io,
                 keep(
                     pool, [] { return Reply::json(201, "{}"); }, 10s, status),
                 asio::detached);
  io.run();
  EXPECT_EQ(status, 201u);
}

TEST(WorkPool, FullQueueIsRefusedAtOnce) {
  asio::io_context io{1};
  std::latch go{1};
  WorkPool pool{1, 1};
  unsigned working = 0, queued = 0, refused = 0;
  const auto wait = [&go] {
    go.wait();
    return Reply::empty();
  };
  asio::co_spawn(io, keep(pool, wait, 10s, working), asio::detached);
  asio::co_spawn(io, keep(pool, wait, 10s, queued), asio::detached);
  asio::co_spawn(io, keep(pool, wait, 10s, refused), asio::detached);
  while (refused == 0) io.run_one();
  EXPECT_EQ(refused, 503u);
  EXPECT_EQ(working + queued, 0u);
  go.count_down();
  io.run();
  EXPECT_EQ(working, 204u);
  EXPECT_EQ(queued, 204u);
}

TEST(WorkPool, PatienceEndsAndTheLateAnswerIsDropped) {
  asio::io_context io{1};
  std::latch go{1};
  unsigned status = 0;
  std::promise<void> destroyed;
  {
    WorkPool pool{1, 0};
    // Owned by the work alone: its end says that nothing keeps a late answer.
    const std::shared_ptr<void> owned{nullptr, [&destroyed](void*) { destroyed.set_value(); }};
    std::function<Reply()> work = [&go, held = owned] {
      go.wait();
      return Reply::empty();
    };
    asio::co_spawn(io, keep(pool, std::move(work), 1ms, status), asio::detached);
    io.run();
    EXPECT_EQ(status, 503u);
    go.count_down();
  }
  io.restart();
  io.run();
  EXPECT_EQ(status, 503u);
  EXPECT_EQ(destroyed.get_future().wait_for(10s), std::future_status::ready);
}

}  // namespace
}  // namespace lectr::api
