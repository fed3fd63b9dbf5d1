#include "api/work_pool.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>

namespace lectr::api {
namespace asio = boost::asio;
namespace {

// Pages may take a little longer; requests through the proxy may not. Of this thread alone; refused: it is only a courtesy.
void let_others_first() {
  constexpr int kNice = 10;
  thread_local const int once = ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
  (void)once;
}

// Where the answer lands. Touched on the caller's thread only, but for its count.
struct Box {
  explicit Box(const asio::any_io_executor& home) : timer{home} {}
  asio::steady_timer timer;  // serves as the event and as the deadline
  std::optional<Reply> reply;
};

}  // namespace

asio::awaitable<Reply> WorkPool::run(std::function<Reply()> work, std::chrono::milliseconds patience) {
  const auto home = co_await asio::this_coro::executor;
  if (taken_.fetch_add(1) >= bound_) {
    taken_.fetch_sub(1);
    co_return Reply::problem(Problem{503, "overloaded", "too many requests wait for the store", {}, 2});
  }
  auto box = std::make_shared<Box>(home);
  box->timer.expires_after(patience);
  asio::post(pool_, [this, box, home, job = std::move(work)]() mutable {
    let_others_first();
    Reply reply = job();
    job = nullptr;
    taken_.fetch_sub(1);
    asio::post(home, [held = std::move(box), answer = std::move(reply)]() mutable {
      held->reply = std::move(answer);
      held->timer.cancel();
    });
  });
  co_await box->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!box->reply) co_return Reply::problem(Problem{503, "unavailable", "the store takes too long to answer", {}, 5});
  co_return std::move(*box->reply);
}

}  // namespace lectr::api
