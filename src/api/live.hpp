// Live updates: one poller asks the store for what is new in the orgs that somebody watches, and hands it to all who do.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "lectr/api/server.hpp"
#include "lectr/store/event_store.hpp"

namespace lectr::api {

// What one reader has not been sent yet. Filled by the poller, emptied by the reader's session.
class LiveStream {
 public:
  using Message = std::shared_ptr<const std::string>;  // one event of the stream; readers of an org share it
  static constexpr std::size_t kBehind = 16;           // messages a reader may be behind before it is cut off

  // Any thread. The reader's session says how it is woken; that must not block.
  void put(Message message);
  void end();
  void on_news(std::function<void()> wake);
  struct News {
    std::vector<Message> messages;
    bool over = false; /* cut off, or the server ends */
  };
  News take();
  std::function<bool()> still_allowed;  // asked on a store thread now and then; set before the stream is handed out

 private:
  std::mutex mutex_;
  std::vector<Message> waiting_;
  std::function<void()> wake_;
  bool over_ = false;
};

// Finds the rows of one org that were not seen before. Rows of several workers and instances come in any order, so each look goes back a little.
class NewRows {
 public:
  explicit NewRows(std::int64_t now_us) : newest_us_{now_us} {}
  std::int64_t look_from_us() const noexcept { return newest_us_ - kOverlapUs; }
  // `rows`: those since look_from_us(), newest first. Those not seen yet, newest first.
  std::vector<const Event*> fresh(const std::vector<Event>& rows, std::int64_t now_us);

  static constexpr std::int64_t kOverlapUs = 5'000'000;

 private:
  std::int64_t newest_us_;
  std::set<std::pair<std::int64_t, Uuid>> seen_;  // of the overlap only
};

class LiveHub {
 public:
  static constexpr std::size_t kStreams = 64, kRowsPerEvent = 200, kRowsPerLook = 1000;
  static constexpr auto kPoll = std::chrono::milliseconds{500};   // rows that other instances wrote
  static constexpr auto kPause = std::chrono::milliseconds{200};  // between two looks, however many batches come
  static constexpr auto kStatusEvery = std::chrono::milliseconds{2000};

  LiveHub(store::EventStore& events, std::function<Status()> status, std::function<std::int64_t()> now_us);
  ~LiveHub();

  std::shared_ptr<LiveStream> subscribe(OrgId org);  // null: there are as many as there may be
  void rows_written() noexcept;                      // any thread; never waits long
  void stop();                                       // ends all streams and the poller

 private:
  struct Watched {
    NewRows rows;
    std::vector<std::weak_ptr<LiveStream>> streams;
  };
  using Streams = std::vector<std::shared_ptr<LiveStream>>;

  void run();
  void look(OrgId org, const Streams& streams);
  void tell_status(const Streams& all);
  std::vector<std::pair<OrgId, Streams>> watched();  // forgets those that left
  std::size_t count_locked();

  store::EventStore& events_;
  const std::function<Status()> status_;
  const std::function<std::int64_t()> now_us_;
  std::mutex mutex_;  // guards what follows; held for no store call
  std::condition_variable changed_;
  std::unordered_map<OrgId, Watched> orgs_;
  bool written_ = false, ending_ = false;
  std::string last_status_;  // poller only
  std::chrono::steady_clock::time_point status_at_{};
  std::thread poller_;
};

// One event in the form of the wire: "event: rows\ndata: …\n\n". `data` is one line.
std::string sse_event(std::string_view name, std::string_view data);

}  // namespace lectr::api
