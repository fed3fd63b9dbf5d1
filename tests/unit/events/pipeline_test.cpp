#include "lectr/events/pipeline.hpp"

#include <sys/mount.h>

#include <thread>

#include "fake_store.hpp"
#include "folder.hpp"

namespace lectr::events {
namespace {

using namespace std::chrono_literals;

class Running : public testing::Test {
 protected:
  void open(std::uint64_t journal_bytes = 64u << 20, std::size_t batch = 64, const std::string& dir = {}) {
    queue_ = std::make_unique<Queue>();
    pipeline_ = std::make_unique<Pipeline>(PipelineOptions{dir.empty() ? folder_.path() : dir, journal_bytes, batch},
                                           std::vector<Queue*>{queue_.get()}, store_.as_append());
    pipeline_->start();
  }
  void offer(std::uint64_t from, std::uint64_t to) {
    for (; from < to; ++from) queue_->offer(sample_event(from));
  }
  // Counters move on threads of the pipeline: polls them until `until` holds. False: not within ten seconds.
  bool wait(const std::function<bool(const Counters&)>& until) {
    for (const auto end = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < end; std::this_thread::yield())
      if (until(pipeline_->counters())) return true;
    return false;
  }
  void expect_rows_once(std::uint64_t n) {
    const auto rows = store_.rows();
    EXPECT_EQ(rows.size(), n);
    for (const auto& [number, times] : rows) EXPECT_EQ(times, 1) << number;
  }
  Folder folder_;
  FakeStore store_;
  std::unique_ptr<Queue> queue_;
  std::unique_ptr<Pipeline> pipeline_;
};

TEST_F(Running, EveryEventArrivesOnceAndIsCounted) {
  open();
  offer(0, 1000);
  ASSERT_TRUE(store_.wait_rows(1000));
  expect_rows_once(1000);
  ASSERT_TRUE(wait([](const Counters& c) { return c.backlog == 0 && c.written == 1000; }));
  const Counters c = pipeline_->counters();
  EXPECT_EQ(c.received, 1000u);
  EXPECT_EQ(c.journaled, 1000u);
  EXPECT_EQ(c.dropped, 0u);
  EXPECT_EQ(c.queue_depth, 0u);
  EXPECT_FALSE(c.degraded);
}

TEST_F(Running, StopWritesWhatIsStillInTheQueues) {
  open();
  offer(0, 500);
  pipeline_->stop();
  expect_rows_once(500);
  pipeline_->stop();  // twice does no harm
}

// The quiet is the subject here, so it is waited for: longer than the collector looks on before it sleeps.
TEST_F(Running, AQuietPipelineTakesTheNextEventAndTheEnd) {
  open();
  for (std::uint64_t n = 0; n < 3; ++n) {
    std::this_thread::sleep_for(300ms);
    offer(n, n + 1);
    ASSERT_TRUE(wait([&](const Counters& c) { return c.journaled == n + 1; })) << "nobody rang";
    ASSERT_TRUE(store_.wait_rows(n + 1));
  }
  std::this_thread::sleep_for(300ms);
  const auto begun = std::chrono::steady_clock::now();
  pipeline_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
  expect_rows_once(3);
}

TEST_F(Running, AStreamOfEventsIsGatheredIntoFewBatches) {
  open(64u << 20, 4096);
  constexpr std::uint64_t kEvents = 1000;
  const auto begun = std::chrono::steady_clock::now();
  for (std::uint64_t n = 0; n < kEvents; ++n) {
    offer(n, n + 1);
    ASSERT_TRUE(wait([&](const Counters& c) { return c.queue_depth < 20; }));  // paced by the collector: some 50 of its rounds
  }
  ASSERT_TRUE(store_.wait_rows(kEvents));
  EXPECT_LE(store_.calls(), (std::chrono::steady_clock::now() - begun) / 20ms + 2);
  expect_rows_once(kEvents);
}

TEST_F(Running, AStoreThatIsAwayAndComesBackLosesNothing) {
  store_.set_away(true);
  open();
  offer(0, 300);
  ASSERT_TRUE(store_.wait_calls(3));
  EXPECT_TRUE(pipeline_->counters().degraded);
  ASSERT_TRUE(wait([](const Counters& c) { return c.backlog == 300; }));
  offer(300, 400);
  store_.set_away(false);
  ASSERT_TRUE(store_.wait_rows(400));
  expect_rows_once(400);
  ASSERT_TRUE(wait([](const Counters& c) { return !c.degraded && c.backlog == 0; }));
  EXPECT_EQ(pipeline_->counters().dropped, 0u);
}

TEST_F(Running, AStoreThatIsAwayAtTheEndLeavesAllForTheNextProcess) {
  store_.set_away(true);
  open();
  offer(0, 300);
  const auto begun = std::chrono::steady_clock::now();
  pipeline_->stop(300);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s) << "the budget bounds the end";
  EXPECT_TRUE(store_.rows().empty());
  pipeline_.reset();
  store_.set_away(false);
  open();
  EXPECT_EQ(pipeline_->counters().received, 0u);
  ASSERT_TRUE(store_.wait_rows(300));
  ASSERT_TRUE(wait([](const Counters& c) { return c.written == 300 && c.backlog == 0; }));
  pipeline_.reset();
  open();
  pipeline_->stop();
  expect_rows_once(300);
}

TEST_F(Running, AStuckStoreHoldsNobodyBack) {
  open();
  store_.close_gate(true);
  offer(0, 10);
  ASSERT_TRUE(store_.wait_calls(1));
  offer(10, 5000);
  ASSERT_TRUE(wait([](const Counters& c) { return c.journaled == 5000; })) << "the journal takes them while the store does not answer";
  EXPECT_EQ(pipeline_->counters().written, 0u);
  store_.close_gate(false);
  ASSERT_TRUE(store_.wait_rows(5000));
  expect_rows_once(5000);
}

TEST_F(Running, ABatchWhoseAnswerWasLostIsSentAgainWhole) {
  store_.lose_answers(1);
  open();
  offer(0, 50);
  ASSERT_TRUE(wait([](const Counters& c) { return c.written == 50; }));
  const auto rows = store_.rows();  // a real store skips the ids; here it shows that nothing was left out
  EXPECT_EQ(rows.size(), 50u);
  EXPECT_EQ(pipeline_->counters().dropped, 0u);
}

TEST_F(Running, OneBadRowBlocksNoOther) {
  store_.set_poison({17, 18, 99});
  open();
  offer(0, 200);
  ASSERT_TRUE(store_.wait_rows(197));
  expect_rows_once(197);
  ASSERT_TRUE(wait([](const Counters& c) { return c.backlog == 0; }));
  const Counters c = pipeline_->counters();
  EXPECT_EQ(c.dropped, 3u);
  EXPECT_EQ(c.written, 197u);
  EXPECT_TRUE(c.degraded) << "a loss shows for a while";
}

TEST_F(Running, ABadRowIsCountedOnceAlsoWhenItsBatchIsRetried) {
  store_.set_poison({3});
  store_.lose_answers(4);
  open();
  offer(0, 20);
  ASSERT_TRUE(wait([](const Counters& c) { return c.backlog == 0 && c.written > 0; }));
  EXPECT_EQ(pipeline_->counters().dropped, 1u);
  EXPECT_EQ(pipeline_->counters().written, 19u);
}

TEST_F(Running, AtTheBoundNewEventsAreDroppedAndCountedAndTheRestArrives) {
  store_.set_away(true);
  open(128 * 1024);
  offer(0, 2000);
  ASSERT_TRUE(wait([](const Counters& c) { return c.journaled + c.dropped == 2000; }));
  const Counters full = pipeline_->counters();
  EXPECT_GT(full.dropped, 0u);
  EXPECT_TRUE(full.degraded);
  store_.set_away(false);
  ASSERT_TRUE(store_.wait_rows(full.journaled));
  offer(5000, 5100);
  ASSERT_TRUE(store_.wait_rows(full.journaled + 100)) << "there is room again";
  ASSERT_TRUE(wait([](const Counters& c) { return c.backlog == 0; }));
  const Counters c = pipeline_->counters();
  EXPECT_EQ(c.received, c.written + c.dropped);
  expect_rows_once(c.written);
}

TEST_F(Running, WhatAFullRingLosesShowsForAWhile) {
  queue_ = std::make_unique<Queue>(8192);
  std::uint64_t offered = 0;
  for (; queue_->dropped() < 3; ++offered) queue_->offer(sample_event(offered));
  pipeline_ = std::make_unique<Pipeline>(PipelineOptions{folder_.path()}, std::vector<Queue*>{queue_.get()},
                                         [&](std::span<const Event> batch) { return store_.append(batch); });
  pipeline_->start();
  ASSERT_TRUE(store_.wait_rows(offered - 3));
  ASSERT_TRUE(wait([](const Counters& c) { return c.backlog == 0; }));
  EXPECT_EQ(pipeline_->counters().dropped, 3u);
  EXPECT_TRUE(pipeline_->counters().degraded);
}

TEST_F(Running, AStoreThatThrowsIsAsOneThatIsAway) {
  int calls = 0;
  queue_ = std::make_unique<Queue>();
  pipeline_ = std::make_unique<Pipeline>(PipelineOptions{folder_.path()}, std::vector<Queue*>{queue_.get()},
                                         [&](std::span<const Event> batch) -> Result<void> {
                                           if (++calls == 1) throw std::runtime_error{"boom"};
                                           return store_.append(batch);
                                         });
  pipeline_->start();
  offer(0, 10);
  ASSERT_TRUE(store_.wait_rows(10));
}

TEST_F(Running, ManyQueuesAndThreadsLoseNothing) {
  constexpr std::uint64_t kEach = 20'000;
  std::vector<std::unique_ptr<Queue>> queues;
  std::vector<Queue*> plain;
  for (int i = 0; i < 3; ++i) plain.push_back(queues.emplace_back(std::make_unique<Queue>(16u << 20)).get());
  Pipeline pipeline{PipelineOptions{folder_.path()}, plain, store_.as_append()};
  pipeline.start();
  std::vector<std::thread> workers;
  for (std::uint64_t i = 0; i < 3; ++i)
    workers.emplace_back([&, i] {
      for (std::uint64_t n = 0; n < kEach; ++n) plain[i]->offer(sample_event(i * kEach + n));
    });
  for (auto& worker : workers) worker.join();
  pipeline.stop(20'000);
  expect_rows_once(3 * kEach);
  EXPECT_EQ(pipeline.counters().dropped, 0u);
}

// ---- a disk that is full ----

// A small file system of its own; needs root.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& at) : at_{at} { mounted_ = ::mount("lectr-test", at.c_str(), "tmpfs", 0, "size=256k") == 0; }
  ~SmallDisk() {
    if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }

 private:
  std::string at_;
  bool mounted_;
};

TEST_F(Running, AFullDiskSendsEventsFromMemoryAndRecovers) {
  SmallDisk disk{folder_.path()};
  if (!disk.mounted()) GTEST_SKIP() << "NOT RUN: no right to mount a small tmpfs";
  const std::string filler = folder_.path() + "/filler";
  open();
  offer(0, 10);
  ASSERT_TRUE(store_.wait_rows(10));
  {
    std::ofstream fill{filler, std::ios::binary};
    while (fill << std::string(4096, 'x') && fill.flush()) {}
  }
  offer(10, 2000);  // much more than the rest of the last page
  ASSERT_TRUE(store_.wait_rows(2000)) << "events go around the full disk";
  EXPECT_EQ(pipeline_->counters().dropped, 0u);
  EXPECT_LT(pipeline_->counters().journaled, 2000u);

  store_.set_away(true);  // now both are away: memory holds what it can
  offer(2000, 2100);
  ASSERT_TRUE(wait([](const Counters& c) { return c.backlog == 100; }));
  std::filesystem::remove(filler);
  const auto journaled = pipeline_->counters().journaled;
  offer(2100, 2200);
  ASSERT_TRUE(wait([&](const Counters& c) { return c.journaled == journaled + 100; })) << "the disk is used again";
  store_.set_away(false);
  ASSERT_TRUE(store_.wait_rows(2200));
  ASSERT_TRUE(wait([](const Counters& c) { return c.backlog == 0; }));
  pipeline_->stop();
  expect_rows_once(2200);
  EXPECT_EQ(pipeline_->counters().dropped, 0u);
  pipeline_.reset();
}

TEST_F(Running, WithDiskAndStoreAwayWhatMemoryCantHoldIsDroppedAndCounted) {
  SmallDisk disk{folder_.path()};
  if (!disk.mounted()) GTEST_SKIP() << "NOT RUN: no right to mount a small tmpfs";
  store_.set_away(true);
  open();
  std::uint64_t offered = 0;
  for (; pipeline_->counters().dropped == 0; offered += 1000) {
    offer(offered, offered + 1000);
    ASSERT_TRUE(wait([](const Counters& c) { return c.queue_depth == 0; }));
    ASSERT_LT(offered, 200'000u) << "memory is bounded";
  }
  store_.set_away(false);
  ASSERT_TRUE(wait([](const Counters& c) { return c.backlog == 0; }));
  const Counters c = pipeline_->counters();
  EXPECT_EQ(c.received, offered);
  EXPECT_EQ(c.written + c.dropped, offered);
  pipeline_->stop();
  expect_rows_once(c.written);
  pipeline_.reset();
}

}  // namespace
}  // namespace lectr::events
