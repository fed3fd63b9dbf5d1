// The thread that runs the detector: once for each five minutes that are over and rolled up, of several instances in one. It works on the cold side only.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "anomaly_judge.hpp"
#include "lectr/config/snapshot.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::app {

class AnomalyWatch {
 public:
  // `behind`: whether rows wait here that the store has not taken.
  AnomalyWatch(store::Stores& stores, std::string instance, std::function<std::shared_ptr<const config::Snapshot>()> snapshot,
               std::function<bool()> behind);
  ~AnomalyWatch() { stop(); }
  void start();
  void stop();  // keeps its state, and lets another instance take over at once

  // All that is due by `now_us`; what run() does between its sleeps. False: it is another one's turn, or the store does not answer.
  bool catch_up(std::int64_t now_us);

 private:
  void run();
  bool begin_turn(std::int64_t now_us);
  bool follow_exclusions(std::int64_t now_us);
  bool relearn(OrgId org, std::int64_t to_us);
  bool judge_span(std::int64_t from_us, std::int64_t to_us, std::int64_t now_us);
  bool settle(const std::vector<Found>& found, std::int64_t now_us);
  std::string explain(const store::AnomalyRow& row);
  bool settle_one(const Found& found, std::int64_t now_us);
  bool tell(const store::AnomalyRow& row, bool opened);
  bool draw_open();
  bool keep();
  JudgedBy judged_by(OrgId org);
  bool ending();
  void sleep_until(std::int64_t unix_us);

  store::Stores& stores_;
  const std::string instance_;
  std::function<std::shared_ptr<const config::Snapshot>()> snapshot_;
  std::function<bool()> behind_;
  AnomalyJudge judge_;
  bool mine_ = false;
  std::int64_t judged_us_ = 0;  // the end of the last bucket that was judged
  std::int64_t kept_us_ = 0;    // up to where the store has it
  std::int64_t started_us_ = 0;
  std::map<OrgId, JudgedBy> by_;  // of one run
  std::set<OrgId> relearn_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace lectr::app
