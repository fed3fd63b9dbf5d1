#include "events/codec.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "events/crc32c.hpp"
#include "lectr/events/queue.hpp"
#include "sample.hpp"

namespace lectr::events {
namespace {

std::string bytes_of(const Event& e) {
  std::string out;
  encode(e, out);
  return out;
}
void seal(std::string& record) {  // makes head and CRC fit a body that was tampered with
  const auto body = static_cast<std::uint32_t>(record.size() - kRecordHead), crc = crc32c(std::string_view{record}.substr(kRecordHead));
  for (std::size_t i = 0; i < 4; ++i) record[i] = static_cast<char>(body >> (8 * i)), record[4 + i] = static_cast<char>(crc >> (8 * i));
}

TEST(Crc32c, FitsTheStandardAndItself) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c_table("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);  // RFC 3720 B.4
  std::string s;
  for (int i = 0; i < 300; ++i, s += static_cast<char>(i * 7)) ASSERT_EQ(crc32c(s), crc32c_table(s)) << i;
}

TEST(Codec, RoundTripsEveryField) {
  Event empty, extreme = sample_event(5);
  extreme.completed_at_us = extreme.org_id = extreme.key_id = extreme.latency_us = std::numeric_limits<std::int64_t>::min();
  extreme.bytes_in = extreme.bytes_out = extreme.tokens_input = std::numeric_limits<std::int64_t>::max();
  extreme.status = 65535, extreme.attempts = extreme.client_retry = 255;
  extreme.cost = Money{std::numeric_limits<std::int64_t>::min()}, extreme.cost_high.reset();
  extreme.error_category = ErrorCategory::internal, extreme.cost_source = CostSource::unknown_model;
  extreme.feature = std::string("\0\xFF\n", 3);
  for (const Event& e : {empty, sample_event(1), extreme}) {
    const std::string bytes = bytes_of(e);
    EXPECT_LE(bytes.size(), kMaxRecord);
    std::string_view in = bytes;
    const auto back = decode(in);
    ASSERT_TRUE(back) << back.error().what;
    EXPECT_TRUE(in.empty());
    EXPECT_EQ(all_of(*back), all_of(e));
  }
}

// An upgrade finds the journal of a version before it: records of the first end where `why` begins, those of the second where the trace does.
TEST(Codec, ReadsRecordsOfTheVersionsBefore) {
  for (const char version : {1, 2}) {
    Event e = sample_event(1);
    e.trace = {};
    if (version < 2) e.why.clear(), e.control_version = 0;
    std::string bytes = bytes_of(e);
    bytes.resize(bytes.size() - (version < 2 ? 3 : 1));
    bytes[kRecordHead] = version;
    seal(bytes);
    std::string_view in = bytes;
    Event back = sample_event(2);
    ASSERT_TRUE(decode_into(in, back)) << int{version};
    EXPECT_EQ(all_of(back), all_of(e)) << int{version};
  }
}

TEST(Codec, CutsTextsAtTheirBoundsAndStaysWithinARecord) {
  Event e = sample_event(1);
  for (auto* s : {&e.provider, &e.endpoint, &e.method, &e.model_requested, &e.model_actual, &e.feature, &e.task, &e.rule, &e.notes,
                  &e.provider_request_id, &e.error_code, &e.price_version, &e.why})
    s->assign(5000, 'x');
  e.feature.replace(kMaxFeature - 1, 2, "\xC3\xA4");  // would be split by a plain cut
  std::string bytes = bytes_of(e);
  EXPECT_LE(bytes.size(), kMaxRecord);
  std::string_view in = bytes;
  const auto back = decode(in);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->feature.size(), kMaxFeature - 1);
  EXPECT_EQ(back->model_actual.size(), kMaxModel);
  EXPECT_EQ(back->provider.size(), kMaxProvider);
}

TEST(Codec, EveryPrefixAsksForMore) {
  const std::string bytes = bytes_of(sample_event(1));
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    std::string_view in{bytes.data(), n};
    const auto done = decode(in);
    ASSERT_FALSE(done) << n;
    EXPECT_EQ(done.error().code, Code::full) << n;
  }
}

TEST(Codec, EveryFlippedBitIsNoticed) {
  const Event event = sample_event(1);
  const std::string good = bytes_of(event);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    std::string_view in = bad;
    EXPECT_FALSE(decode(in)) << bit;
  }
}

// With a right CRC, as an attacker or a bug would write it: structure alone must be refused or read without harm.
TEST(Codec, TamperedBodiesAreRefusedOrReadWithinBounds) {
  const std::string good = bytes_of(sample_event(1));
  for (std::size_t at = kRecordHead; at < good.size(); ++at)
    for (const int value : {0x00, 0x01, 0x7F, 0x80, 0xFF}) {
      std::string bad = good;
      bad[at] = static_cast<char>(value);
      seal(bad);
      std::string_view in = bad;
      const auto done = decode(in);
      if (!done)
        EXPECT_EQ(done.error().code, Code::corrupt);
      else
        EXPECT_LE(done->feature.size(), kMaxFeature);
    }
}

struct BadRecord {
  const char* name;
  void (*spoil)(std::string&);
};
class CodecRefuses : public testing::TestWithParam<BadRecord> {};
TEST_P(CodecRefuses, AsCorrupt) {
  std::string bytes = bytes_of(sample_event(1));
  GetParam().spoil(bytes);
  std::string_view in = bytes;
  const auto done = decode(in);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::corrupt);
}
INSTANTIATE_TEST_SUITE_P(Table, CodecRefuses,
                         testing::Values(BadRecord{"unknown_version",
                                                   [](std::string& s) {
                                                     s[kRecordHead] = static_cast<char>(kCodecVersion + 1);
                                                     seal(s);
                                                   }},
                                         BadRecord{"bytes_left_over",
                                                   [](std::string& s) {
                                                     s += '\0';
                                                     seal(s);
                                                   }},
                                         BadRecord{"body_cut_short",
                                                   [](std::string& s) {
                                                     s.resize(s.size() - 1);
                                                     seal(s);
                                                   }},
                                         BadRecord{"length_zero", [](std::string& s) { std::memset(s.data(), 0, 4); }},
                                         BadRecord{"length_huge", [](std::string& s) { std::memset(s.data(), 0xFF, 4); }},
                                         BadRecord{"all_zero", [](std::string& s) { s.assign(4096, '\0'); }},
                                         BadRecord{"varint_of_eleven_bytes",
                                                   [](std::string& s) {
                                                     s.replace(kRecordHead + 17, 1, std::string(10, '\x80') + '\1');
                                                     seal(s);
                                                   }},
                                         BadRecord{"varint_beyond_64_bits",
                                                   [](std::string& s) {
                                                     s.replace(kRecordHead + 17, 1, std::string(9, '\xFF') + '\2');
                                                     seal(s);
                                                   }}),
                         [](const auto& test) { return std::string{test.param.name}; });

}  // namespace
}  // namespace lectr::events
