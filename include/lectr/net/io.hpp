// The vocabulary of the event loop: one thread, one io_context, coroutines that never leave it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace lectr::net {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
template <class T>
using Task = asio::awaitable<T, Executor>;
inline constexpr asio::use_awaitable_t<Executor> use_task{};

// What a non-blocking read or write did.
enum class IoState : std::uint8_t { ok, again, eof, failed };
struct IoResult {
  IoState state = IoState::again;
  std::size_t bytes = 0;
};

// Whoever wants to hear that a link became ready. Called on the worker's thread, from the event loop only.
class Wakeable {
 public:
  virtual void wake(unsigned bits) noexcept = 0;

 protected:
  ~Wakeable() = default;
};

// Where one coroutine waits for whichever comes first of its links, its deadline, its name look-up and the drain. Rings that come while
// nobody waits are kept. One coroutine waits at a time; costs no allocation beyond Asio's recycled frame.
class Bell final : public Wakeable {
  using Token = asio::use_awaitable_t<Executor>;
  using Handler = typename asio::async_result<Token, void(unsigned)>::handler_type;

 public:
  void wake(unsigned bits) noexcept override {
    pending_ |= bits;
    if (!handler_) return;
    Handler resume = std::move(*handler_);
    handler_.reset();
    std::move(resume)(std::exchange(pending_, 0u));
  }
  unsigned take() noexcept { return std::exchange(pending_, 0u); }
  // Only when take() gave nothing: suspends until the next ring.
  Task<unsigned> wait() {
    return asio::async_initiate<const Token&, void(unsigned)>([this](Handler handler) { handler_.emplace(std::move(handler)); }, use_task);
  }

 private:
  unsigned pending_ = 0;
  std::optional<Handler> handler_;
};

}  // namespace lectr::net
