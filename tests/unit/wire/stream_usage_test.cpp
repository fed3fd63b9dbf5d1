#include "lectr/wire/stream_usage.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "lectr/wire/peek.hpp"
#include "splits.hpp"

namespace lectr::wire {
namespace {

struct AskCase {
  const char* name;
  const char* body;
  const char* want;  // null: it can't be asked, or asks already
};
class AskForUsage : public ::testing::TestWithParam<AskCase> {};
TEST_P(AskForUsage, EditsTheBody) {
  const std::string_view body = GetParam().body;
  RequestPeek peek;
  peek.start(BodyModel::json, "application/json");
  peek.feed(body);
  peek.finish();
  ASSERT_FALSE(peek.seen().malformed);
  const auto edit = ask_for_usage(body, peek.seen().has_stream_options);
  ASSERT_EQ(edit.has_value(), GetParam().want != nullptr);
  if (!edit) return;
  const std::string got = std::string{body.substr(0, edit->begin)}.append(edit->text).append(body.substr(edit->end));
  EXPECT_EQ(got, GetParam().want);
  const auto read = nlohmann::json::parse(got);
  EXPECT_EQ(read.at("stream_options").at("include_usage"), true);
}
INSTANTIATE_TEST_SUITE_P(
    Bodies, AskForUsage,
    ::testing::Values(
        AskCase{"no_options", R"({"model":"m","stream":true})", R"({"stream_options":{"include_usage":true},"model":"m","stream":true})"},
        AskCase{"space_before", " \n{ \"stream\":true}", " \n{\"stream_options\":{\"include_usage\":true}, \"stream\":true}"},
        AskCase{"byte_order_mark", "\xEF\xBB\xBF{\"stream\":true}", "\xEF\xBB\xBF{\"stream_options\":{\"include_usage\":true},\"stream\":true}"},
        AskCase{"null", R"({"stream":true,"stream_options":null})", R"({"stream":true,"stream_options":{"include_usage":true}})"},
        AskCase{"empty", R"({"stream":true,"stream_options":{ }})", R"({"stream":true,"stream_options":{"include_usage":true }})"},
        AskCase{"others_stay", R"({"stream_options" : {"include_obfuscation":false},"x":[1,{"a":"}"}]})",
                R"({"stream_options" : {"include_usage":true,"include_obfuscation":false},"x":[1,{"a":"}"}]})"},
        AskCase{"declined", R"({"stream_options":{"x":1,"include_usage": false },"stream":true})",
                R"({"stream_options":{"x":1,"include_usage": true },"stream":true})"},
        AskCase{"declined_by_null", R"({"stream_options":{"include_usage":null}})", R"({"stream_options":{"include_usage":true}})"},
        AskCase{"nested_ones_are_others", R"({"a":{"stream_options":null},"stream_options":{},"b":"\"stream_options\""})",
                R"({"a":{"stream_options":null},"stream_options":{"include_usage":true},"b":"\"stream_options\""})"},
        AskCase{"asked", R"({"stream_options":{"include_usage":true}})", nullptr},
        AskCase{"no_truth_value", R"({"stream_options":{"include_usage":"yes"}})", nullptr},
        AskCase{"no_object", R"({"stream_options":[]})", nullptr}, AskCase{"options_twice", R"({"stream_options":{},"stream_options":{}})", nullptr},
        AskCase{"asked_twice", R"({"stream_options":{"include_usage":false,"include_usage":false}})", nullptr},
        AskCase{"escaped_key", R"({"stream\u005foptions":{}})", nullptr},
        AskCase{"escaped_inner_key", R"({"stream_options":{"include\u005fusage":false}})", nullptr}),
    [](const auto& c) { return std::string{c.param.name}; });

std::string filtered(const testing::Pieces& pieces) {
  UsageFilter filter;
  std::string out;
  for (const std::string_view piece : pieces) filter.feed(piece, out);
  filter.finish(out);
  return out;
}

struct StreamCase {
  const char* name;
  const char* stream;
  const char* want;  // null: as it is
};
class UsageTakenOut : public ::testing::TestWithParam<StreamCase> {};
TEST_P(UsageTakenOut, ForEverySplit) {
  const auto& c = GetParam();
  EXPECT_EQ(testing::same_for_every_split(c.stream, filtered), c.want ? c.want : c.stream);
}
INSTANTIATE_TEST_SUITE_P(
    Streams, UsageTakenOut,
    ::testing::Values(
        StreamCase{"openai",
                   "data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"hi\"}}],\"usage\":null}\n\n"
                   "data: {\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":3}}\n\ndata: [DONE]\n\n",
                   "data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\ndata: [DONE]\n\n"},
        StreamCase{"null_in_the_middle", "data: {\"id\":\"c\", \"usage\" : null ,\"choices\":[1]}\n\n", "data: {\"id\":\"c\" ,\"choices\":[1]}\n\n"},
        StreamCase{"null_first", "data: {\"usage\":null, \"choices\":[1]}\n\n", "data: {\"choices\":[1]}\n\n"},
        StreamCase{"null_alone", "data: {\"usage\":null}\n\n", "data: {}\n\n"},
        StreamCase{"crlf", "data: {\"choices\":[1],\"usage\":null}\r\n\r\ndata: {\"choices\":[ ],\"usage\":{}}\r\n\r\ndata: [DONE]\r\n\r\n",
                   "data: {\"choices\":[1]}\r\n\r\ndata: [DONE]\r\n\r\n"},
        StreamCase{"cr", "data: {\"choices\":[1],\"usage\":null}\r\rdata: {\"choices\":[],\"usage\":{}}\r\rdata: [DONE]\r\r",
                   "data: {\"choices\":[1]}\r\rdata: [DONE]\r\r"},
        StreamCase{"mixed_ends", "data: {\"choices\":[],\"usage\":{}}\r\rdata: [DONE]\r\n\r\ndata: x\n\r\n\n", "data: [DONE]\r\n\r\ndata: x\n\r\n\n"},
        StreamCase{"named_events_and_comments", ": hello\n\nevent: x\nid: 1\ndata:{\"choices\":[1],\"usage\":null}\n\n: usage \"usage\"\n\n",
                   ": hello\n\nevent: x\nid: 1\ndata:{\"choices\":[1]}\n\n: usage \"usage\"\n\n"},
        StreamCase{"azure_first_chunk", "data: {\"choices\":[],\"prompt_filter_results\":[{}],\"usage\":null}\n\n",
                   "data: {\"choices\":[],\"prompt_filter_results\":[{}]}\n\n"},
        StreamCase{"usage_beside_a_choice_stays", "data: {\"choices\":[{}],\"usage\":{\"prompt_tokens\":1}}\n\n", nullptr},
        StreamCase{"usage_without_choices_stays", "data: {\"usage\":{\"prompt_tokens\":1}}\n\n", nullptr},
        StreamCase{"nested_null_stays", "data: {\"choices\":[{\"usage\":null}],\"a\":{\"usage\":null}}\n\n", nullptr},
        StreamCase{"in_a_text_stays",
                   R"(data: {"choices":[{"delta":{"content":"{\"usage\":null}"}}]})"
                   "\n\n",
                   nullptr},
        StreamCase{"twice_stays", "data: {\"usage\":null,\"usage\":null}\n\n", nullptr},
        StreamCase{"over_two_lines_stays", "data: {\"choices\":[],\ndata: \"usage\":{}}\n\n", nullptr},
        StreamCase{"no_json_stays", "data: {\"usage\":null\n\ndata: \"usage\"\n\ndata: {\"usage\":null]}\n\n", nullptr},
        StreamCase{"without_a_blank_line_at_the_end", "data: {\"choices\":[1]}\n\ndata: {\"choices\":[],\"usage\":{}}",
                   "data: {\"choices\":[1]}\n\n"},
        StreamCase{"cut_in_an_event", "data: {\"choices\":[1]}\n\ndata: {\"choi", nullptr}, StreamCase{"empty", "", nullptr},
        StreamCase{"blank_lines", "\n\n\n\r\n\r\r\n\n", nullptr}),
    [](const auto& c) { return std::string{c.param.name}; });

TEST(UsageFilter, LetsAnEventPassAsSoonAsItIsWhole) {
  UsageFilter filter;
  std::string out;
  filter.feed("data: {\"choices\":[1],\"usage\":null}\n", out);
  EXPECT_EQ(out, "");
  filter.feed("\ndata: {", out);
  EXPECT_EQ(out, "data: {\"choices\":[1]}\n\n");
  filter.feed("}\r\n\r", out);  // the \n that follows says nothing new
  EXPECT_EQ(out, "data: {\"choices\":[1]}\n\ndata: {}\r\n\r");
}

TEST(UsageFilter, GivesUpOnAnEventWithoutEndAndPassesAllOfIt) {
  UsageFilter filter;
  std::string in, out;
  for (int i = 0; i < 300; ++i) {
    const std::string piece(1000, 'x');
    filter.feed(piece, out);
    in += piece;
    EXPECT_LE(in.size() - out.size(), UsageFilter::kMaxEvent);
  }
  EXPECT_TRUE(filter.gave_up());
  const std::string rest = "\n\ndata: {\"choices\":[],\"usage\":{}}\n\n";
  filter.feed(rest, out);
  filter.finish(out);
  EXPECT_EQ(out, in + rest);
}

}  // namespace
}  // namespace lectr::wire
