// A process that is killed in the middle: what it offered more than 20 ms before is not lost, and nothing arrives twice.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#include "fake_store.hpp"
#include "folder.hpp"
#include "lectr/base/clock.hpp"
#include "lectr/events/pipeline.hpp"

namespace lectr::events {
namespace {

struct Ack {
  std::uint64_t number;
  std::int64_t offered_us;
};

// The child's store appends the numbers it got to a file: what it did before the kill counts too.
Result<void> note_rows(int fd, std::span<const Event> batch) {
  std::string bytes;
  for (const Event& e : batch) {
    const std::uint64_t n = number_of(e.id);
    bytes.append(reinterpret_cast<const char*>(&n), sizeof n);
  }
  if (::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) return Error{};
  return {};
}

[[noreturn]] void child(const std::string& dir, int acks, int rows, bool store_away) {
  Queue queue;
  Pipeline pipeline{PipelineOptions{dir, 64u << 20, 256}, {&queue}, [&](std::span<const Event> batch) -> Result<void> {
                      if (store_away) return Error{Code::unavailable, Fault::us, Again::same_target, "away"};
                      return note_rows(rows, batch);
                    }};
  pipeline.start();
  for (std::uint64_t n = 0;; ++n) {
    queue.offer(sample_event(n));
    const Ack ack{n, mono_us()};
    if (::write(acks, &ack, sizeof ack) != sizeof ack) ::_exit(1);
    const timespec pace{0, 50'000};
    ::nanosleep(&pace, nullptr);  // load, not waiting: some ten thousand events a second
  }
}

struct Outcome {
  std::uint64_t offered = 0, missing = 0;
  std::int64_t oldest_missing_us = 0;
};

Outcome kill_in_the_middle(std::uint64_t kill_after, bool store_away) {
  Folder folder;
  int acks[2];
  EXPECT_EQ(::pipe2(acks, O_CLOEXEC), 0);
  const std::string rows_path = folder.path() + "/rows";
  const int rows = ::open(rows_path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  std::fflush(nullptr);  // the child must not print our buffer again
  const pid_t pid = ::fork();
  if (pid == 0) child(folder.path() + "/journal", acks[1], rows, store_away);
  ::close(acks[1]);
  std::vector<Ack> seen;
  Ack ack{};
  while (seen.size() < kill_after && ::read(acks[0], &ack, sizeof ack) == sizeof ack) seen.push_back(ack);
  const std::int64_t killed_us = mono_us();
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  while (::read(acks[0], &ack, sizeof ack) == sizeof ack) seen.push_back(ack);
  ::close(acks[0]);

  // The next process: its store knows the rows that are there, as a real one does.
  std::map<std::uint64_t, int> stored;
  std::string before = Folder::read(rows_path);
  before.resize(before.size() / 8 * 8);
  for (std::size_t i = 0; i < before.size(); i += 8) {
    std::uint64_t n;
    std::memcpy(&n, before.data() + i, 8);
    ++stored[n];
  }
  std::uint64_t replayed_known = 0;
  Queue queue;
  Pipeline pipeline{PipelineOptions{folder.path() + "/journal", 64u << 20, 256}, {&queue}, [&](std::span<const Event> batch) -> Result<void> {
                      for (const Event& e : batch) stored.emplace(number_of(e.id), 1).second ? void() : void(++replayed_known);
                      return {};
                    }};
  pipeline.start();
  pipeline.stop(10'000);
  ::close(rows);

  Outcome outcome{.offered = seen.size()};
  for (const auto& [number, times] : stored) EXPECT_EQ(times, 1) << number;
  for (const Ack& a : seen) {
    if (stored.count(a.number)) continue;
    ++outcome.missing;
    outcome.oldest_missing_us = std::max(outcome.oldest_missing_us, killed_us - a.offered_us);
  }
  // Only a tail may be missing: nothing in the middle.
  EXPECT_EQ(stored.empty() ? 0 : stored.rbegin()->first + 1, stored.size());
  EXPECT_EQ(outcome.missing + std::min<std::uint64_t>(stored.size(), seen.size()), seen.size());
  EXPECT_LT(outcome.oldest_missing_us, 1'000'000);
  return outcome;
}

class Killed : public testing::TestWithParam<bool> {};
TEST_P(Killed, LosesAtMostTheLast20Milliseconds) {
  // The promise is about the program; on a crowded machine its collector may be scheduled late. So the best of five kills must hold it,
  // and every single one must lose only a tail and nothing twice.
  std::int64_t best_us = 1'000'000'000;
  for (std::uint64_t round = 0; round < 5; ++round) {
    const Outcome outcome = kill_in_the_middle(700 + 431 * round, GetParam());
    if (HasFailure()) return;
    best_us = std::min(best_us, outcome.oldest_missing_us);
    std::printf("killed after %llu events: %llu missing, the oldest offered %.1f ms before\n", static_cast<unsigned long long>(outcome.offered),
                static_cast<unsigned long long>(outcome.missing), static_cast<double>(outcome.oldest_missing_us) / 1000);
  }
  EXPECT_LE(best_us, 20'000);
}
INSTANTIATE_TEST_SUITE_P(Store, Killed, testing::Values(false, true), [](const auto& test) { return std::string{test.param ? "away" : "there"}; });

}  // namespace
}  // namespace lectr::events
