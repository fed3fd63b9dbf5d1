// Hears of changes to the control state as they are committed: LISTEN on a connection of its own, which is made anew when it is lost.
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "lectr/base/clock.hpp"
#include "lectr/telemetry/log.hpp"
#include "store/postgres/database.hpp"
#include "store/postgres/session.hpp"

namespace lectr::store::postgres {
namespace {

// The payload is the schema: others of one database may be other gateways'.
class Receiver final : public pqxx::notification_receiver {
 public:
  explicit Receiver(pqxx::connection_base& connection) : notification_receiver{connection, "lectr_control"} {
    pqxx::nontransaction ask{connection};
    schema_ = ask.exec1("SELECT current_schema()")[0].c_str();
  }
  void operator()(const std::string& payload, int) override { heard = heard || payload == schema_; }
  bool heard = false;

 private:
  std::string schema_;
};

struct Listening {
  explicit Listening(const std::string& url) : connection{url}, receiver{connection} {}
  pqxx::connection connection;
  Receiver receiver;
};

class PostgresWatch final : public ControlWatch {
 public:
  explicit PostgresWatch(const std::string& url) : url_{with_bounds(url)}, bell_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {}
  ~PostgresWatch() override { ::close(bell_); }

  bool wait(std::chrono::milliseconds most) override {
    const std::int64_t until_us = mono_us() + std::chrono::microseconds{most}.count();
    // What happened while nobody listened is not known: the first wait after a connection was made says so.
    if (!listening_) {
      if (connect()) return true;
      pause(until_us);
      return false;
    }
    try {
      for (;;) {
        listening_->connection.get_notifs();
        if (std::exchange(listening_->receiver.heard, false)) return true;
        if (!sleep(listening_->connection.sock(), until_us)) return false;
      }
    } catch (const std::exception&) {
      log::warn("store: the connection that listens for changes was lost; looking for them every two seconds until it is back");
      listening_.reset();
      return false;
    }
  }

  void stop() override {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(bell_, &one, sizeof one);
  }

 private:
  bool connect() {
    try {
      listening_ = std::make_unique<Listening>(url_);
      return true;
    } catch (const std::exception&) {
      return false;  // the store itself says why
    }
  }
  void pause(std::int64_t until_us) { sleep(-1, until_us); }

  // False: the time is over, or stop() was called.
  bool sleep(int socket, std::int64_t until_us) {
    pollfd fds[] = {{bell_, POLLIN, 0}, {socket, POLLIN, 0}};
    const std::int64_t left_us = until_us - mono_us();
    if (left_us <= 0) return false;
    const int ready = ::poll(fds, 2, static_cast<int>((left_us + 999) / 1000));
    return ready > 0 && fds[0].revents == 0;
  }

  const std::string url_;
  const int bell_;
  std::unique_ptr<Listening> listening_;
};

}  // namespace

std::unique_ptr<ControlWatch> watch_postgres(const std::string& url) { return std::make_unique<PostgresWatch>(url); }

}  // namespace lectr::store::postgres
