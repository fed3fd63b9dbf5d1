#include "lectr/events/tap.hpp"

#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "fake_store.hpp"
#include "folder.hpp"
#include "lectr/events/pipeline.hpp"

namespace lectr::events {
namespace {

// How often each event was heard of.
class Heard {
 public:
  auto as_each() {
    return [this](const Event& e) {
      const std::lock_guard hold{mutex_};
      ++times_[number_of(e.id)];
      last_ = e;
    };
  }
  void expect_once(std::uint64_t n) {
    const std::lock_guard hold{mutex_};
    EXPECT_EQ(times_.size(), n);
    for (const auto& [number, times] : times_) EXPECT_EQ(times, 1) << number;
  }
  Event last() {
    const std::lock_guard hold{mutex_};
    return last_;
  }

 private:
  std::mutex mutex_;
  std::map<std::uint64_t, int> times_;
  Event last_;
};

TEST(Tap, HearsOfEachEventOnceThoughTheStoreIsAwayAndOfNoReplay) {
  Folder folder;
  FakeStore store;
  store.set_away(true);
  for (std::uint64_t round = 0; round < 2; ++round) {  // the second finds the journal of the first
    Heard heard;
    Tap tap{heard.as_each()};
    Queue queue;
    tap.start();
    Pipeline pipeline{PipelineOptions{.journal_dir = folder.path(), .tap = &tap}, {&queue}, store.as_append()};
    pipeline.start();
    for (std::uint64_t n = 0; n < 100; ++n) queue.offer(sample_event(1000 * round + n));
    if (round == 1) store.set_away(false);
    pipeline.stop(200);
    tap.stop();
    heard.expect_once(100);
    EXPECT_EQ(all_of(heard.last()), all_of(sample_event(1000 * round + 99)));
    EXPECT_EQ(tap.missed(), 0u);
  }
  EXPECT_EQ(store.rows().size(), 200u);
}

TEST(Tap, MissesWhatFindsNoRoomAndTheRowsAreStored) {
  Folder folder;
  FakeStore store;
  Heard heard;
  std::string one;
  encode(sample_event(1), one);
  Tap tap{heard.as_each(), 10 * one.size()};
  Queue queue;
  for (std::uint64_t n = 0; n < 500; ++n) queue.offer(sample_event(n));  // one round takes them all, which is too much at once
  Pipeline pipeline{PipelineOptions{.journal_dir = folder.path(), .tap = &tap}, {&queue}, store.as_append()};
  tap.start();
  pipeline.start();
  pipeline.stop();
  tap.stop();
  EXPECT_EQ(store.rows().size(), 500u);
  EXPECT_EQ(tap.missed(), 500u);
  heard.expect_once(0);
}

TEST(Tap, TakesWhatWaitsBeforeItEnds) {
  Heard heard;
  Tap tap{heard.as_each()};
  std::string records;
  for (std::uint64_t n = 0; n < 5; ++n) encode(sample_event(n), records);
  tap.offer(records, 5);
  tap.start();
  tap.stop();
  tap.stop();  // twice does no harm
  heard.expect_once(5);
}

}  // namespace
}  // namespace lectr::events
