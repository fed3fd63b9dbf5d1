#include "lectr/events/queue.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

#include "events/codec.hpp"
#include "sample.hpp"

namespace lectr::events {
namespace {

std::vector<std::uint64_t> numbers_in(std::string_view bytes) {
  std::vector<std::uint64_t> numbers;
  while (!bytes.empty()) {
    const auto event = decode(bytes);
    if (!event) ADD_FAILURE() << event.error().what;
    if (!event) break;
    numbers.push_back(number_of(event->id));
  }
  return numbers;
}

TEST(Queue, GivesBackWholeEventsInOrder) {
  Queue queue;
  for (std::uint64_t n = 0; n < 100; ++n) queue.offer(sample_event(n));
  EXPECT_EQ(queue.depth(), 100u);
  std::string out;
  EXPECT_EQ(queue.drain(out), 100u);
  EXPECT_EQ(queue.depth(), 0u);
  const auto numbers = numbers_in(out);
  ASSERT_EQ(numbers.size(), 100u);
  for (std::uint64_t n = 0; n < 100; ++n) EXPECT_EQ(numbers[n], n);
  EXPECT_EQ(queue.drain(out), 0u);
}

TEST(Queue, DropsWholeEventsWhenFullAndCountsThem) {
  Queue queue{8192};
  std::uint64_t offered = 0;
  for (; queue.dropped() < 3; ++offered) queue.offer(sample_event(offered));
  std::string out;
  EXPECT_EQ(queue.drain(out), offered - 3);
  EXPECT_EQ(numbers_in(out).size(), offered - 3);
  EXPECT_EQ(queue.received(), offered);
  queue.offer(sample_event(offered));  // there is room again
  out.clear();
  EXPECT_EQ(queue.drain(out), 1u);
  EXPECT_EQ(numbers_in(out), std::vector<std::uint64_t>{offered});
}

TEST(Queue, LosesNothingBetweenTwoThreadsOverManyWraps) {
  constexpr std::uint64_t kEvents = 50'000;
  Queue queue{32 * 1024};
  std::thread worker{[&] {
    for (std::uint64_t n = 0; n < kEvents; ++n) {
      const Event event = sample_event(n);
      while (queue.depth() > 50) std::this_thread::yield();  // 50 records fit for certain, so nothing may be dropped
      queue.offer(event);
    }
  }};
  std::uint64_t next = 0;
  std::string out;
  while (next < kEvents) {
    out.clear();
    if (queue.drain(out) == 0) std::this_thread::yield();
    for (const std::uint64_t n : numbers_in(out)) ASSERT_EQ(n, next++);
  }
  worker.join();
  EXPECT_EQ(queue.dropped(), 0u);
  EXPECT_EQ(queue.received(), kEvents);
}

bool rings(const Queue& queue, int timeout_ms = 0) {
  pollfd bell{queue.bell(), POLLIN, 0};
  return ::poll(&bell, 1, timeout_ms) == 1;
}

TEST(Queue, RingsOnlyForTheFirstEventOfASleep) {
  Queue queue;
  std::string out;
  queue.offer(sample_event(0));
  EXPECT_FALSE(rings(queue)) << "the collector is up";
  EXPECT_FALSE(queue.lie_down()) << "there is something to drain";
  queue.get_up();
  queue.drain(out);
  for (int sleep = 0; sleep < 2; ++sleep) {
    EXPECT_TRUE(queue.lie_down());
    EXPECT_FALSE(rings(queue));
    queue.offer(sample_event(1));
    EXPECT_TRUE(rings(queue));
    queue.get_up();
    EXPECT_FALSE(rings(queue));
    queue.offer(sample_event(2));
    EXPECT_FALSE(rings(queue));
    EXPECT_EQ(queue.drain(out), 2u);
  }
}

TEST(Queue, NoEventIsOverseenByACollectorThatSleeps) {
  constexpr std::uint64_t kEvents = 20'000;
  Queue queue;
  std::thread worker{[&] {
    for (std::uint64_t n = 0; n < kEvents; ++n) {
      queue.offer(sample_event(n));
      while (n % 3 == 0 && queue.depth() > 0) std::this_thread::yield();  // so that the collector lies down often, and just then
    }
  }};
  std::uint64_t seen = 0;
  std::string out;
  while (seen < kEvents) {
    if (queue.lie_down() && !rings(queue, 10'000)) break;
    queue.get_up();
    out.clear();
    seen += queue.drain(out);
  }
  EXPECT_EQ(seen, kEvents) << "asleep with an event in the ring";
  worker.join();
}

}  // namespace
}  // namespace lectr::events
