#include "lectr/events/queue.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace lectr::events
