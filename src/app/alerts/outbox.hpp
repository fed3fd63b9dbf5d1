// The thread that delivers alerts. Each delivery by one of all instances; at least once, as a receiver may have taken what it did not get to confirm.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/alerts/sender.hpp"
#include "app/alerts/writer.hpp"
#include "lectr/base/ids.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::app::alerts {

class Outbox {
 public:
  // All outlive it.
  Outbox(store::Stores& stores, const Sender& sender, const Writer& writer, std::string dashboard_url)
      : stores_{stores}, sender_{sender}, writer_{writer}, dashboard_url_{std::move(dashboard_url)} {}
  ~Outbox() { stop(); }
  void start();
  void stop();  // waits for what is under way, two seconds at most

  // One message now, past the outbox. Blocks for up to 10 s; any thread. not_found: there is no such channel.
  Result<Outcome> test(OrgId org, const std::string& channel, const std::string& actor) const;

 private:
  struct Of {
    std::string name;
    std::vector<config::Channel> channels;
  };
  void run();
  bool deliver_due();  // whether there may be more
  Result<Of> look_at(OrgId org) const;
  std::variant<Letter, Outcome> letter_for(const store::DeliveryRow& delivery, const Result<Of>& org) const;
  bool ending() const;
  bool sleep(std::chrono::milliseconds time);  // false: stop() came

  store::Stores& stores_;
  const Sender& sender_;
  const Writer& writer_;
  const std::string dashboard_url_;
  UuidSource ids_;  // the thread's
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace lectr::app::alerts
