// The pipeline over the real stores: connections that end under load, and a process that is killed.
#include "lectr/events/pipeline.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <cstring>
#include <set>
#include <thread>

#include "../events/folder.hpp"
#include "../events/sample.hpp"
#include "../store/place.hpp"

namespace lectr::store {
namespace {

using events::Folder;
using events::Pipeline;
using events::PipelineOptions;
using events::Queue;

class PipelineOver : public BothStores {
 protected:
  std::multiset<std::uint64_t> stored() {
    std::multiset<std::uint64_t> numbers;
    std::optional<RequestCursor> cursor;
    do {
      const auto page = events().requests({.org = 7}, cursor, 1000);
      if (!page) ADD_FAILURE() << page.error().what;
      if (!page) break;
      for (const Event& e : page->rows) numbers.insert(lectr::events::number_of(e.id));
      cursor = page->next;
    } while (cursor);
    return numbers;
  }
};
LECTR_BOTH_STORES(PipelineOver);

TEST_P(PipelineOver, ConnectionsThatEndUnderLoadLoseNothingAndDoubleNothing) {
  Folder folder;
  Queue queue;
  int failures = 0;
  Pipeline pipeline{PipelineOptions{folder.path(), 64u << 20, 200}, {&queue}, [&](std::span<const Event> batch) {
                      const auto done = events().append(batch);
                      failures += done ? 0 : 1;
                      return done;
                    }};
  pipeline.start();
  for (std::uint64_t n = 0; n < 5000; ++n) {
    while (queue.depth() > 500) std::this_thread::yield();
    queue.offer(lectr::events::sample_event(n));
    if (n % 1000 == 999 && GetParam() == Kind::postgres) place_->end_connections();
  }
  pipeline.stop(20'000);
  EXPECT_EQ(pipeline.counters().written, 5000u);
  EXPECT_LE(pipeline.counters().dropped, 1u) << "only the record that the last kill tore";
  const auto numbers = stored();
  EXPECT_EQ(numbers.size(), 5000u);
  EXPECT_EQ(*numbers.rbegin(), 4999u);
  EXPECT_EQ(failures > 0, GetParam() == Kind::postgres) << "nothing was provoked, or too much";
}

// Events that were answered by the journal before, and partly by the store: SIGKILL in between, several times over one folder and store.
TEST_P(PipelineOver, KilledAgainAndAgainItKeepsAllButTheTails) {
  Folder folder;
  std::uint64_t first = 0;
  std::set<std::uint64_t> safe;  // offered, and in the journal before the kill
  for (int round = 0; round < 3; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    std::fflush(nullptr);
    const pid_t pid = ::fork();
    if (pid == 0) {
      auto own = open_stores(place_->url());
      Queue queue;
      Pipeline pipeline{
          PipelineOptions{folder.path(), 64u << 20, 100}, {&queue}, [&](std::span<const Event> batch) { return own->events->append(batch); }};
      pipeline.start();
      for (std::uint64_t n = first;; ++n) {
        while (queue.depth() > 100) std::this_thread::yield();
        queue.offer(lectr::events::sample_event(n));
        const std::uint64_t ack[2] = {n, pipeline.counters().journaled};
        if (::write(pipe_ends[1], ack, sizeof ack) != sizeof ack) ::_exit(1);
      }
    }
    ::close(pipe_ends[1]);
    std::uint64_t ack[2] = {}, last = first;
    for (int n = 0; n < 4000 + 700 * round && ::read(pipe_ends[0], ack, sizeof ack) == sizeof ack; ++n) last = ack[0];
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    std::uint64_t journaled = ack[1];
    for (; ::read(pipe_ends[0], ack, sizeof ack) == sizeof ack; last = ack[0]) journaled = ack[1];
    ::close(pipe_ends[0]);
    for (std::uint64_t n = first; n < first + journaled; ++n) safe.insert(n);  // one queue: the journal has a prefix
    EXPECT_GT(journaled, 1000u);
    first = last + 1;
  }
  Queue queue;
  Pipeline pipeline{PipelineOptions{folder.path()}, {&queue}, [&](std::span<const Event> batch) { return events().append(batch); }};
  pipeline.start();
  pipeline.stop(20'000);
  EXPECT_EQ(pipeline.counters().backlog, 0u);
  EXPECT_LE(pipeline.counters().dropped, 1u);  // the record that the last kill cut is lost, and counted
  const auto numbers = stored();
  for (const std::uint64_t n : safe) EXPECT_EQ(numbers.count(n), 1u) << n;
  EXPECT_EQ(numbers.size(), std::set<std::uint64_t>(numbers.begin(), numbers.end()).size());
}

}  // namespace
}  // namespace lectr::store
