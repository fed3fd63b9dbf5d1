#include "lectr/base/model_name.hpp"

#include <gtest/gtest.h>

namespace lectr {
namespace {

struct NameCase {
  const char *asked, *actual;
  bool same;
};
class SameModel : public testing::TestWithParam<NameCase> {};
TEST_P(SameModel, ByName) { EXPECT_EQ(same_model(GetParam().asked, GetParam().actual), GetParam().same) << GetParam().actual; }
INSTANTIATE_TEST_SUITE_P(Names, SameModel,
                         testing::Values(NameCase{"gpt-4o", "gpt-4o", true}, NameCase{"gpt-4o", "gpt-4o-2024-08-06", true},
                                         NameCase{"gpt-4", "gpt-4-0613", true}, NameCase{"claude-sonnet-4-5", "claude-sonnet-4-5-20250929", true},
                                         NameCase{"claude-sonnet-4", "claude-sonnet-4@20250514", true},
                                         NameCase{"gemini-2.0-flash", "gemini-2.0-flash-001", true}, NameCase{"command-r", "command-r-08-2024", true},
                                         NameCase{"GPT-4o", "gpt-4o-2024-08-06", true}, NameCase{"claude-opus-4", "claude-opus-4-1", false},
                                         NameCase{"claude-opus-4", "claude-opus-4-1-20250805", false}, NameCase{"gpt-4", "gpt-4-1106-preview", false},
                                         NameCase{"gpt-4", "gpt-4.1", false}, NameCase{"gpt-4o", "gpt-4o-mini", false},
                                         NameCase{"gpt-4o", "gpt-4o-mini-2024-07-18", false}, NameCase{"llama", "llama-20b", false},
                                         NameCase{"llama", "llama-120", true}, NameCase{"gpt-4o-2024-08-06", "gpt-4o-2024-11-20", false},
                                         NameCase{"gpt-4o-2024-08-06", "gpt-4o", false}, NameCase{"gpt-4o", "gpt-4", false},
                                         NameCase{"gpt-4o", "", false}, NameCase{"", "gpt-4o", false}, NameCase{"gpt-4", "gpt-4-", false},
                                         NameCase{"gpt-4", "gpt-4-0613-", false}, NameCase{"gpt-4", "gpt-4--0613", false},
                                         NameCase{"gpt-4", "gpt-40613", false}));

}  // namespace
}  // namespace lectr
