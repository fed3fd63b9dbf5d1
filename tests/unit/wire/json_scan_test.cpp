#include "wire/json_scan.hpp"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "splits.hpp"

namespace lectr::wire {
namespace {

using nlohmann::json;

constexpr PathSpec kSpecs[] = {
    {"a", 1},
    {"a.b", 2},
    {"a.b[]", 3},
    {"a.b[].c", 4},
    {"list[][]", 5},
    {"text", 6, Take::text},
    {"deep.text", 7, Take::text},
    {"long_key_that_is_looked_for", 8},
    {"", 9},
};
constexpr auto kPaths = compile_paths<32>(kSpecs);

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    char hex[8];
    const auto byte = static_cast<unsigned char>(c);
    std::snprintf(hex, sizeof hex, "\\x%02X", byte);
    out += byte < 0x20 || byte > 0x7E ? std::string{hex} : std::string(1, c);
  }
  return out;
}

struct Recorder {
  std::string log;
  std::map<int, TextCount> counts;
  void on_string(std::uint8_t id, std::string_view text, std::uint64_t begin, std::uint64_t end) noexcept {
    log += std::to_string(id) + "=" + printable(text) + "@" + std::to_string(begin) + "-" + std::to_string(end) + ";";
  }
  void on_number(std::uint8_t id, std::string_view text) noexcept { log += std::to_string(id) + "#" + std::string{text} + ";"; }
  void on_literal(std::uint8_t id, char first) noexcept { log += std::to_string(id) + "!" + std::string(1, first) + ";"; }
  void on_open(std::uint8_t id, bool array) noexcept { log += std::to_string(id) + (array ? "[;" : "{;"); }
  void on_close(std::uint8_t id) noexcept { log += std::to_string(id) + "};"; }
  TextCount& text_count(std::uint8_t id) noexcept { return counts[id]; }
};

std::string scan(const testing::Pieces& pieces) {
  JsonScan scan;
  Recorder out;
  scan.reset(kPaths.data());
  for (const auto piece : pieces) {
    const std::string copy{piece};  // of exact size, so that reading past it is seen by the sanitizer
    scan.feed(copy, out);
  }
  scan.finish(out);
  if (scan.bad()) return "bad";
  for (const auto& [id, count] : out.counts) {
    if (count == TextCount{}) continue;
    out.log += std::to_string(id) + "~";
    for (const auto n : count) out.log += std::to_string(n) + ",";
    out.log += ";";
  }
  return (scan.closed() ? "closed " : scan.untouched() ? "untouched " : "open ") + out.log;
}

struct Case {
  const char* name;
  std::string text;
  std::string want;
};

class Scan : public ::testing::TestWithParam<Case> {};
TEST_P(Scan, Tells) { EXPECT_EQ(testing::same_for_every_split(GetParam().text, scan), GetParam().want); }

INSTANTIATE_TEST_SUITE_P(
    Documents, Scan,
    ::testing::Values(Case{"empty", "", "untouched "}, Case{"blank", " \t\r\n", "untouched "}, Case{"open", R"({"a":1)", "open 9{;"},
                      Case{"number_at_top", "12", "closed 9#12;"}, Case{"string_at_top", R"("x")", "closed 9=x@0-3;"},
                      Case{"null_at_top", " null ", "closed 9!n;"}, Case{"object", R"({"a":"v"})", "closed 9{;1=v@5-8;9};"},
                      Case{"last_of_duplicates_comes_last", R"({"a":1,"a":"x"})", "closed 9{;1#1;1=x@11-14;9};"},
                      Case{"nested", R"({"a":{"b":[1,{"c":true},"s"]}})", "closed 9{;1{;2[;3#1;3{;4!t;3};3=s@24-27;2};1};9};"},
                      Case{"same_names_elsewhere_are_not_taken", R"({"x":{"a":1,"b":[{"c":2}]},"b":3})", "closed 9{;9};"},
                      Case{"after_a_skipped_subtree", R"({"x":[[{"a":[]}]],"a":-0.5e+3})", "closed 9{;1#-0.5e+3;9};"},
                      Case{"arrays_of_arrays", R"({"list":[[1,2],[],[[3]],4]})", "closed 9{;5#1;5#2;5[;5};9};"},
                      Case{"escaped_key", R"({"\u0061":1,"long\u005fkey_that_is_looked_for":2})", "closed 9{;1#1;8#2;9};"},
                      Case{"escapes_in_a_value", R"({"a":"\"\\\/\b\f\n\r\t\u00e4\u20AC\ud83d\ude00"})",
                           "closed 9{;1=\"\\/\\x08\\x0C\\x0A\\x0D\\x09\\xC3\\xA4\\xE2\\x82\\xAC\\xF0\\x9F\\x98\\x80@5-47;9};"},
                      Case{"lone_surrogates_become_replacements", R"({"a":"\ud83dx\ude00\ud83d\ud83d\ude00\ud83d"})",
                           "closed 9{;1=\\xEF\\xBF\\xBDx\\xEF\\xBF\\xBD\\xEF\\xBF\\xBD\\xF0\\x9F\\x98\\x80\\xEF\\xBF\\xBD@5-44;9};"},
                      Case{"text_is_counted", "{\"text\":\"a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\\n\\u00e4\\u20ac\\ud83d\\ude00\\ud83d!\"}",
                           "closed 9{;9};6~3,4,9,8,;"},
                      Case{"text_of_two_paths", R"({"text":"abcdefghijklmnopqrstuvwxyz","deep":{"text":"12"}})",
                           "closed 9{;9};6~26,0,0,0,;7~2,0,0,0,;"},
                      Case{"value_is_cut", R"({"a":")" + std::string(300, 'x') + R"("})", "closed 9{;1=" + std::string(132, 'x') + "@5-307;9};"},
                      Case{"long_key_matches_nothing", R"({")" + std::string(300, 'a') + R"(":1,"a":2})", "closed 9{;1#2;9};"},
                      Case{"long_number_is_no_number", R"({"a":)" + std::string(300, '1') + "}", "closed 9{;1#;9};"},
                      Case{"deeper_than_counted", std::string(1000, '[') + R"("]")" + std::string(1000, ']'), "closed 9[;9};"},
                      Case{"value_after_the_deep", R"({"x":)" + std::string(200, '[') + std::string(200, ']') + R"(,"a":1})", "closed 9{;1#1;9};"}),
    [](const auto& test) { return std::string{test.param.name}; });

class Refused : public ::testing::TestWithParam<std::string> {};
TEST_P(Refused, IsBad) { EXPECT_EQ(testing::same_for_every_split(GetParam(), scan), "bad"); }
INSTANTIATE_TEST_SUITE_P(Documents, Refused,
                         ::testing::Values("}", "]", ",", ":", "{,}", "[,]", "[1,]", R"({"a"})", R"({"a":})", R"({"a":1,})", R"({a:1})", R"({1:1})",
                                           "[1 2]", "[1}", R"({"a":1])", "01", "-x", "+1", "1.x", ".5", "1ex", "1e+x", "0x1", "NaN", "Infinity",
                                           "tru e", "truE", "nul1", "True", "\"\x01\"", "\"\n\"", R"("\x")", R"("\u12g4")", R"("\u+123")", "1 1",
                                           "{}{}", "{} x", "'a'", "// c", "{\"a\":1}\x01", "[\"a\":1]", "\x0b[]", "<html>", "{\"a\" 1}", "{\"a\"::1}",
                                           "--1", "1.2.3", "1e5e5", std::string{"\0", 1}));

// A second opinion on generated and mutated documents.
class Documents {
 public:
  explicit Documents(unsigned start) : random_{start} {}

  std::string next() {
    std::string text = value(0).dump(random_() % 4 == 0 ? 1 : -1, ' ', random_() % 2 == 0);
    const int mutations = random_() % 3 == 0 ? 0 : static_cast<int>(random_() % 4);
    for (int i = 0; i < mutations && !text.empty(); ++i) mutate(text);
    return text;
  }

 private:
  json value(int depth) {
    switch (random_() % (depth > 5 ? 6 : 9)) {
      case 0: return nullptr;
      case 1: return random_() % 2 == 0;
      case 2: return static_cast<std::int64_t>(random_()) - 1'000'000'000;
      case 3: return static_cast<double>(random_()) / 1e4;
      case 4:
      case 5: return word();
      case 6: {
        json out = json::array();
        for (auto n = random_() % 5; n > 0; --n) out.push_back(value(depth + 1));
        return out;
      }
      default: {
        json out = json::object();
        for (auto n = random_() % 6; n > 0; --n) out[key()] = value(depth + 1);
        return out;
      }
    }
  }

  std::string key() {
    static const char* const kKeys[] = {"a", "b", "c", "list", "text", "deep", "long_key_that_is_looked_for", "x", ""};
    return random_() % 8 == 0 ? word() : kKeys[random_() % std::size(kKeys)];
  }

  std::string word() {
    static const char* const kParts[] = {"a", "\"", "\\",  "\n", "\t", "\x01", "ä", "€", "😀", "hello world, this is longer than sixteen bytes",
                                         " ", "/",  "\x7F"};
    std::string out;
    for (auto n = random_() % 6; n > 0; --n) out += kParts[random_() % std::size(kParts)];
    return out;
  }

  void mutate(std::string& text) {
    static const std::string kBytes = "{}[]\",:\\0123456789eE+-.truefalsn \n\t\x01ux";
    const std::size_t at = random_() % text.size();
    switch (random_() % 4) {
      case 0: text.erase(at, 1); break;
      case 1: text.insert(at, 1, kBytes[random_() % kBytes.size()]); break;
      case 2: text[at] = kBytes[random_() % kBytes.size()]; break;
      default: text.resize(at); break;
    }
  }

  std::mt19937 random_;
};

// What the scanner should have logged last for path a, if the document has one.
std::string last_value_of_a(const json& doc) {
  if (!doc.is_object() || !doc.contains("a")) return {};
  const json& a = doc["a"];
  if (a.is_string()) return "1=" + printable(a.get_ref<const std::string&>().substr(0, JsonScan::kMaxValue)) + "@";
  if (a.is_boolean() || a.is_null()) return a.is_null() ? "1!n;" : a.get<bool>() ? "1!t;" : "1!f;";
  return {};
}

TEST(ScanAgainstNlohmann, AgreesOnGeneratedAndMutatedDocuments) {
  Documents documents{testing::seed()};
  std::mt19937 random{testing::seed() + 1};
  int accepted = 0, refused = 0;
  for (int i = 0; i < 40000; ++i) {
    const std::string text = documents.next();
    const std::string got = scan(i % 2 == 0 ? testing::Pieces{text} : testing::random_pieces(text, random));
    std::string why;
    json doc;
    bool taken = true;
    try {
      doc = json::parse(text);
    } catch (const json::exception& e) {
      taken = false;
      why = e.what();
    }
    // What this scanner leaves to others on purpose.
    if (!taken && (why.find("UTF-8") != why.npos || why.find("surrogate") != why.npos || why.find("out_of_range") != why.npos)) continue;
    ASSERT_EQ(got.starts_with("closed"), taken) << text << "\n" << got << "\n" << why;
    (taken ? accepted : refused) += 1;
    if (taken && i % 2 == 0) { ASSERT_EQ(got, scan(testing::single_bytes(text))) << text; }
    if (taken) { ASSERT_NE(got.find(last_value_of_a(doc)), got.npos) << text << "\n" << got; }
  }
  EXPECT_GT(accepted, 5000);
  EXPECT_GT(refused, 5000);
}

TEST(CountText, CountsBySequenceLengthAtAnyAlignment) {
  const std::string unit = "aä€😀";
  std::string text;
  for (int i = 0; i < 40; ++i) text += unit;
  for (std::size_t n = 0; n <= 40; ++n) {
    TextCount count{};
    count_text(text.data(), text.data() + n * unit.size(), count);
    const auto k = static_cast<std::int64_t>(n);
    EXPECT_EQ(count, (TextCount{k, 2 * k, 3 * k, 4 * k})) << n;
  }
}

TEST(FindStringSpecial, FindsEachOneAtAnyPlace) {
  for (const char special : {'"', '\\', '\x1F', '\0', '\n'})
    for (std::size_t at = 0; at < 40; ++at) {
      std::string text(40, '\xFF');
      text[at] = special;
      EXPECT_EQ(find_string_special(text.data(), text.data() + text.size()) - text.data(), static_cast<std::ptrdiff_t>(at));
    }
  const std::string clean = "\x20\x21\x23\x7F\x80 no special byte in here at all, thirty-two or more";
  EXPECT_EQ(find_string_special(clean.data(), clean.data() + clean.size()), clean.data() + clean.size());
}

}  // namespace
}  // namespace lectr::wire
