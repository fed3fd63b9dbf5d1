#include "upkeep.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lectr/base/clock.hpp"

namespace lectr::app {
namespace {

using namespace std::chrono_literals;
constexpr auto kBetweenRolls = 2s;  // what came since is added by each read itself, so this bounds their work and not how current they are
constexpr auto kIdle = 10s;
constexpr auto kHouseKeeping = 10min;
constexpr int kNice = 15;  // reads are right however far behind it is, so everybody else goes first

}  // namespace

void Upkeep::start() {
  thread_ = std::thread{[this] { run(); }};
  ::pthread_setname_np(thread_.native_handle(), "upkeep");
}

void Upkeep::stop() {
  {
    const std::lock_guard hold{mutex_};
    ending_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Upkeep::run() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // of this thread alone; refused: it is only a courtesy
  auto house_kept = std::chrono::steady_clock::time_point::min();
  bool busy = true;
  do {
    const auto now = std::chrono::steady_clock::now();
    if (house_kept == std::chrono::steady_clock::time_point::min() || now - house_kept >= kHouseKeeping) {
      house_kept = now;
      (void)events_.keep_house(retention_(), unix_us());  // a store that is away has logged it; the next turn comes
    }
    busy = roll_up();
  } while (sleep(busy ? kBetweenRolls : kIdle));
}

bool Upkeep::roll_up() {
  bool any = false;
  while (!ending()) {
    const auto rolled = events_.roll_up();
    if (!rolled || *rolled == 0) break;
    any = true;
  }
  return any;
}

bool Upkeep::ending() {
  const std::lock_guard hold{mutex_};
  return ending_;
}

bool Upkeep::sleep(std::chrono::milliseconds time) {
  std::unique_lock hold{mutex_};
  return !wake_.wait_for(hold, time, [this] { return ending_; });
}

}  // namespace lectr::app
