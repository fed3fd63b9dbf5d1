#include "events/journal.hpp"

#include <sys/resource.h>

#include <csignal>
#include <stdexcept>

#include "events/codec.hpp"
#include "folder.hpp"
#include "lectr/events/queue.hpp"
#include "sample.hpp"

namespace lectr::events {
namespace {

std::string records(std::uint64_t from, std::uint64_t to) {
  std::string bytes;
  for (; from < to; ++from) encode(sample_event(from), bytes);
  return bytes;
}
const std::size_t kRecord = records(0, 1).size();  // sample events below 2^31 differ in no length

std::vector<std::uint64_t> read_all(Journal& journal, std::size_t most = 100) {
  std::vector<std::uint64_t> numbers;
  std::vector<Event> batch;
  auto at = journal.cursor();
  for (;;) {
    const auto before = at;
    const std::size_t n = journal.read(at, batch, most);
    for (std::size_t i = 0; i < n; ++i) numbers.push_back(number_of(batch[i].id));
    if (at == before) break;
    journal.acknowledge(at);
  }
  return numbers;
}
std::vector<std::uint64_t> range(std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint64_t> numbers;
  for (; from < to; ++from) numbers.push_back(from);
  return numbers;
}

TEST(Journal, GivesBackWhatWasAppendedAcrossSegmentsAndReopening) {
  Folder folder;
  {
    Journal journal{folder.path(), Journal::kMinBytes};
    EXPECT_EQ(journal.append(records(0, 100)).events, 100u);  // more than one segment of 16 KiB
    EXPECT_GT(folder.segments().size(), 1u);
    EXPECT_EQ(journal.backlog(), 100u);
  }
  Journal journal{folder.path(), Journal::kMinBytes};
  EXPECT_EQ(journal.backlog(), 100u);
  EXPECT_EQ(journal.append(records(100, 110)).events, 10u);
  EXPECT_EQ(read_all(journal, 7), range(0, 110));
  EXPECT_EQ(journal.backlog(), 0u);
  EXPECT_EQ(journal.corrupt(), 0u);
  EXPECT_EQ(folder.segments().size(), 1u) << "finished segments are deleted";
}

TEST(Journal, GoesOnFromTheSavedCursor) {
  Folder folder;
  {
    Journal journal{folder.path(), Journal::kMinBytes};
    journal.append(records(0, 100));
    std::vector<Event> batch;
    auto at = journal.cursor();
    for (std::size_t n = 0; n < 60;) n += journal.read(at, batch, 60 - n);  // a read ends with its segment
    journal.acknowledge(at);
    ASSERT_TRUE(journal.save_cursor());
  }
  Journal journal{folder.path(), Journal::kMinBytes};
  EXPECT_EQ(journal.backlog(), 40u);
  EXPECT_EQ(read_all(journal), range(60, 100));
}

TEST(Journal, ReplaysEverythingWhenTheCursorIsDamaged) {
  for (const char* damage : {"", "garbage", "1 99999 5 00000000\n"}) {
    Folder folder;
    {
      Journal journal{folder.path(), Journal::kMinBytes};
      journal.append(records(0, 10));
      EXPECT_EQ(read_all(journal).size(), 10u);
      ASSERT_TRUE(journal.save_cursor());
    }
    Folder::write(folder.path() + "/cursor", damage);
    Journal journal{folder.path(), Journal::kMinBytes};
    EXPECT_EQ(read_all(journal), range(0, 10)) << damage;
  }
}

TEST(Journal, FallsBackToTheCursorBeforeWhenTheLastOneWasTorn) {
  Folder folder;
  {
    Journal journal{folder.path(), Journal::kMinBytes};
    journal.append(records(0, 30));
    std::vector<Event> batch;
    auto at = journal.cursor();
    for (const std::size_t most : {5u, 5u, 5u}) {
      ASSERT_EQ(journal.read(at, batch, most), most);
      journal.acknowledge(at);
      ASSERT_TRUE(journal.save_cursor());
    }
  }
  std::string cursor = Folder::read(folder.path() + "/cursor");
  EXPECT_EQ(Journal(folder.path(), Journal::kMinBytes).backlog(), 15u);
  cursor[3] ^= 1;  // the third one stands where the first one stood
  Folder::write(folder.path() + "/cursor", cursor);
  Journal journal{folder.path(), Journal::kMinBytes};
  EXPECT_EQ(journal.backlog(), 20u);
  EXPECT_EQ(read_all(journal), range(10, 30));
}

TEST(Journal, CutsATornTailAtEveryByteAndCountsIt) {
  const std::string whole = records(0, 3);
  for (std::size_t torn = 2 * kRecord + 1; torn < whole.size(); torn += 7) {
    Folder folder;
    {
      Journal journal{folder.path(), Journal::kMinBytes};
      journal.append(whole);
    }
    const std::string file = folder.segments().at(0);
    const std::string bytes = Folder::read(file);
    Folder::write(file, bytes.substr(0, bytes.size() - (whole.size() - torn)));
    Journal journal{folder.path(), Journal::kMinBytes};
    EXPECT_EQ(journal.corrupt(), 1u) << torn;
    EXPECT_EQ(journal.backlog(), 2u) << torn;
    journal.append(records(3, 5));
    EXPECT_EQ(read_all(journal), (std::vector<std::uint64_t>{0, 1, 3, 4})) << torn;
  }
}

struct Damage {
  const char* name;
  std::size_t at, length;
  char value;
  std::vector<std::uint64_t> left;
};
class JournalDamage : public testing::TestWithParam<Damage> {};
TEST_P(JournalDamage, InTheMiddleCostsOnlyWhatItHit) {
  Folder folder;
  {
    Journal journal{folder.path(), Journal::kMinBytes};
    journal.append(records(0, 6));
  }
  const std::string file = folder.segments().at(0);
  std::string bytes = Folder::read(file);
  for (std::size_t i = 0; i < GetParam().length; ++i) bytes[32 + GetParam().at + i] = GetParam().value;
  Folder::write(file, bytes);
  Journal journal{folder.path(), Journal::kMinBytes};
  journal.append(records(6, 8));
  auto want = GetParam().left;
  want.insert(want.end(), {6, 7});
  EXPECT_EQ(read_all(journal), want);
  EXPECT_GE(journal.corrupt(), 1u);
  EXPECT_EQ(journal.backlog(), 0u);
}
INSTANTIATE_TEST_SUITE_P(Table, JournalDamage,
                         testing::Values(Damage{"a_byte_of_a_body", kRecord + 50, 1, '\x55', {0, 2, 3, 4, 5}},
                                         Damage{"a_checksum", 2 * kRecord + 4, 4, '\0', {0, 1, 3, 4, 5}},
                                         Damage{"a_length", 2 * kRecord, 4, '\xFF', {0, 1, 3, 4, 5}},
                                         Damage{"a_length_that_points_into_the_next", 2 * kRecord, 1, '\x30', {0, 1, 3, 4, 5}},
                                         Damage{"zeros_over_two_records", kRecord + 10, 2 * kRecord - 20, '\0', {0, 3, 4, 5}},
                                         Damage{"the_first", 0, 20, '\0', {1, 2, 3, 4, 5}},
                                         Damage{"the_last", 6 * kRecord - 10, 10, '\0', {0, 1, 2, 3, 4}}),
                         [](const auto& test) { return std::string{test.param.name}; });

TEST(Journal, ASegmentWithADamagedHeadOrWithoutAnyBytesIsStillRead) {
  Folder folder;
  {
    Journal journal{folder.path(), Journal::kMinBytes};
    journal.append(records(0, 3));
  }
  const std::string file = folder.segments().at(0);
  std::string bytes = Folder::read(file);
  bytes.replace(0, 32, 32, 'x');
  Folder::write(file, bytes);
  Folder::write(folder.path() + "/0000000000000009.journal", "");
  Folder::write(folder.path() + "/notes.txt", "not ours");
  Journal journal{folder.path(), Journal::kMinBytes};
  journal.append(records(3, 4));
  EXPECT_EQ(read_all(journal), range(0, 4));
}

TEST(Journal, TakesUpToItsBoundAndGoesOnWhenTheStoreCatchesUp) {
  Folder folder;
  Journal journal{folder.path(), Journal::kMinBytes};
  const auto first = journal.append(records(0, 2000));
  EXPECT_FALSE(first.disk_refused);
  EXPECT_LT(first.events, 2000u);
  EXPECT_GT(first.events * kRecord, Journal::kMinBytes * 3 / 4);
  EXPECT_EQ(first.bytes, first.events * kRecord);
  EXPECT_EQ(journal.append(records(5000, 5001)).events, 0u);
  std::uint64_t on_disk = 0;
  for (const auto& file : folder.segments()) on_disk += std::filesystem::file_size(file);
  EXPECT_LE(on_disk, Journal::kMinBytes);
  EXPECT_EQ(read_all(journal), range(0, first.events));
  EXPECT_GT(journal.append(records(6000, 7000)).events, 200u);
}

// As a full disk behaves: the write that crosses the limit is cut short, the next one fails.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(Journal, AWriteThatTheDiskCutsShortLeavesNoTrace) {
  Folder folder;
  Journal journal{folder.path(), Journal::kMinBytes};
  ASSERT_EQ(journal.append(records(0, 10)).events, 10u);
  {
    const FileSizeLimit limit{8 * 1024};
    const auto refused = journal.append(records(10, 50));
    EXPECT_TRUE(refused.disk_refused);
    EXPECT_EQ(refused.events, 0u);
  }
  EXPECT_EQ(journal.append(records(10, 12)).events, 2u);
  EXPECT_EQ(read_all(journal), range(0, 12));
  EXPECT_EQ(journal.corrupt(), 0u);
}

TEST(Journal, ASecondProcessOnTheSameFolderIsToldSo) {
  Folder folder;
  const Journal first{folder.path(), Journal::kMinBytes};
  try {
    const Journal second{folder.path(), Journal::kMinBytes};
    FAIL() << "two owners";
  } catch (const std::runtime_error& e) {
    const std::string text = e.what();
    EXPECT_NE(text.find(folder.path()), std::string::npos) << text;
    EXPECT_NE(text.find("in use by another process (pid " + std::to_string(::getpid()) + ")"), std::string::npos) << text;
  }
}

TEST(Journal, AFolderThatCantBeUsedIsNamedWithTheReason) {
  Folder folder;
  Folder::write(folder.path() + "/file", "x");
  try {
    const Journal journal{folder.path() + "/file/below", Journal::kMinBytes};
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string{e.what()}.find("/file/below"), std::string::npos) << e.what();
    EXPECT_NE(std::string{e.what()}.find("ot a directory"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace lectr::events
