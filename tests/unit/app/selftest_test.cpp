#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "app/selftest/compare.hpp"
#include "app/selftest/sinks.hpp"

namespace lectr::app::selftest {
namespace {

const std::string kSent =
    "POST /v1/x?a=b HTTP/1.1\r\nHost: selftest\r\nAuthorization: Bearer secret\r\nX-Twice: 1\r\nX-Twice: 2\r\nContent-Length: 4\r\n\r\nbody";
const std::string kGot =
    "POST /v1/x?a=b HTTP/1.1\r\nHost: provider\r\nAuthorization: Bearer secret\r\nX-Twice: 1\r\nX-Twice: 2\r\nContent-Length: 4\r\n\r\n";
const std::string kGiven = "HTTP/1.1 200 Fine\r\nX-A:  b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
const std::string kHead = "HTTP/1.1 200 Fine\r\nX-A:  b\r\nTransfer-Encoding: chunked\r\n\r\n", kBody = "2\r\nok\r\n0\r\n\r\n";

std::string replaced(std::string text, const std::string& what, const std::string& with) { return text.replace(text.find(what), what.size(), with); }

struct Case {
  const char* name;
  std::vector<Got> got;
  Answer answer;
  std::vector<std::string> want;
};
class Differences : public ::testing::TestWithParam<Case> {};
TEST_P(Differences, AreNamed) {
  const Case& c = GetParam();
  EXPECT_EQ(differences(kSent, "secret", c.got, {"x", {}, kGiven}, c.answer), c.want);
}
const Answer kRight{kHead, kBody, 200, true, {}};
INSTANTIATE_TEST_SUITE_P(
    Table, Differences,
    ::testing::Values(
        Case{"none", {{kGot, "body"}}, kRight, {}}, Case{"nothing_arrived", {}, kRight, {"the provider got nothing"}},
        Case{"twice", {{kGot, "body"}, {kGot, "body"}}, kRight, {"the provider got it more than once"}},
        Case{"target", {{replaced(kGot, "a=b", "a=c"), "body"}}, kRight, {"request line or fields differ"}},
        Case{"spelling", {{replaced(kGot, "X-Twice", "x-twice"), "body"}}, kRight, {"request line or fields differ"}},
        Case{"order",
             {{replaced(replaced(kGot, "X-Twice: 1\r\n", ""), "X-Twice: 2\r\n", "X-Twice: 2\r\nX-Twice: 1\r\n"), "body"}},
             kRight,
             {"request line or fields differ"}},
        Case{"other_credential",
             {{replaced(kGot, "Bearer secret", "Bearer other"), "body"}},
             kRight,
             {"the provider's credential is not the one that was sent"}},
        Case{"two_credentials",
             {{replaced(kGot, "X-Twice: 1", "x-api-key: secret\r\nX-Twice: 1"), "body"}},
             kRight,
             {"the provider's credential is not the one that was sent"}},
        Case{"ours",
             {{replaced(kGot, "X-Twice: 1", "X-Lectr-Key: k\r\nX-Twice: 1"), "body"}},
             kRight,
             {"request line or fields differ", "a field for the gateway reached the provider"}},
        Case{"body_up", {{kGot, "bodY"}}, kRight, {"the request's body differs"}},
        Case{"status", {{kGot, "body"}}, {replaced(kHead, "Fine", "OK"), kBody, 200, true, {}}, {"status line or fields of the answer differ"}},
        Case{"space_in_a_field",
             {{kGot, "body"}},
             {replaced(kHead, "X-A:  b", "X-A: b"), kBody, 200, true, {}},
             {"status line or fields of the answer differ"}},
        Case{"chunk_borders", {{kGot, "body"}}, {kHead, "1\r\no\r\n1\r\nk\r\n0\r\n\r\n", 200, true, {}}, {"the answer's body differs"}},
        Case{"cut", {{kGot, "body"}}, {kHead, "2\r\nok\r\n", 200, false, {}}, {"the answer's body differs", "the answer was cut"}},
        Case{"no_answer", {{kGot, "body"}}, {{}, {}, 0, false, "no answer: reset"}, {"no answer: reset"}}),
    [](const auto& c) { return std::string{c.param.name}; });

TEST(Exchanges, HoldTheCanariesThatAreLookedFor) {
  const Canaries a = make_canaries(), b = make_canaries();
  EXPECT_NE(a.prompt, b.prompt);
  EXPECT_NE(a.prompt, a.answer);
  std::set<std::string> names;
  for (const Scripted& s : scripted_exchanges(a)) {
    EXPECT_TRUE(names.insert(s.name).second) << s.name;
    EXPECT_NE(s.request.find(a.credential), std::string::npos) << s.name;
    if (s.name == "no body either way") continue;
    EXPECT_NE(s.request.find(a.prompt), std::string::npos) << s.name;
    if (s.name != "chat, compressed answer") { EXPECT_NE(s.answer.find(a.answer), std::string::npos) << s.name; }
  }
}

class Sinks : public ::testing::Test {
 protected:
  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("sinks" + std::to_string(::getpid()));
  void SetUp() override { std::filesystem::create_directories(folder / "deep"); }
  void TearDown() override { std::filesystem::remove_all(folder); }
  void write(const std::string& name, const std::string& text) { std::ofstream{folder / name, std::ios::binary} << text; }
  Searched search() {
    Searched out;
    search_files(folder, {{"the prompt", "canary-one"}, {"the key", "canary-two"}}, out);
    return out;
  }
};

TEST_F(Sinks, FindATextWhereverItLies) {
  write("clean", std::string(3'000'000, 'x'));
  EXPECT_TRUE(search().found.empty());
  for (const std::size_t before : {0UL, (1UL << 20) - 10, (1UL << 20) - 1, 1UL << 20, (2UL << 20) - 5}) {
    write("deep/file", std::string(before, 'x') + "canary-one" + std::string(100, 'y'));
    const Searched seen = search();
    EXPECT_EQ(seen.found, std::vector<std::string>{"the prompt in " + (folder / "deep/file").string()}) << before;
    EXPECT_EQ(seen.files, 2U);
  }
}

TEST_F(Sinks, NameEachTextOnceAndWhatIsNotThere) {
  write("both", "canary-two canary-one canary-one");
  EXPECT_EQ(search().found.size(), 2U);
  Searched out;
  search_files((folder / "missing").string(), {{"x", "y"}}, out);
  EXPECT_EQ(out.files, 0U);
  search_text("/metrics", "a canary-two b", {{"the key", "canary-two"}}, out);
  EXPECT_EQ(out.found, std::vector<std::string>{"the key in /metrics"});
}

}  // namespace
}  // namespace lectr::app::selftest
