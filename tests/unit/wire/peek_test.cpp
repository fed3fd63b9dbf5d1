#include "lectr/wire/peek.hpp"

#include <gtest/gtest.h>

#include "lectr/base/event.hpp"
#include "splits.hpp"

namespace lectr::wire {
namespace {

// The raw offsets are shown as what they cut out of the body.
std::string to_text(const Peeked& p, std::string_view body) {
  static const char* const kTri[] = {"-", "no", "yes"};
  std::string out;
  if (p.malformed) return "malformed";
  if (p.has_model) out += "model=" + std::string{p.model} + "@" + std::string{body.substr(p.model_begin, p.model_end - p.model_begin)} + "@ ";
  if (p.stream != Tri::absent) out += std::string{"stream="} + kTri[static_cast<int>(p.stream)] + " ";
  if (p.has_stream_options) out += "options ";
  if (p.include_usage != Tri::absent) out += std::string{"usage="} + kTri[static_cast<int>(p.include_usage)] + " ";
  if (p.max_output >= 0) out += "max=" + std::to_string(p.max_output) + " ";
  if (!out.empty()) out.pop_back();
  return out;
}

std::string peek(BodyModel kind, std::string_view content_type, const testing::Pieces& pieces) {
  RequestPeek peek;
  peek.start(kind, content_type);
  std::string body;
  for (const auto piece : pieces) {
    const std::string copy{piece};  // of exact size, so that reading past it is seen by the sanitizer
    body += piece;
    peek.feed(copy);
  }
  peek.finish();
  return to_text(peek.seen(), body);
}

struct JsonCase {
  const char* name;
  std::string body, want;
};
class PeekJson : public ::testing::TestWithParam<JsonCase> {};
TEST_P(PeekJson, Sees) {
  const auto run = [](const testing::Pieces& pieces) { return peek(BodyModel::json, "application/json", pieces); };
  EXPECT_EQ(testing::same_for_every_split(GetParam().body, run), GetParam().want);
}

const std::string kChat =
    R"({"model":"gpt-6.1-sol","messages":[{"role":"user","content":"say \"model\":\"x\" {"}],"stream":true,"stream_options":{"include_usage":true},"max_completion_tokens":64})";

INSTANTIATE_TEST_SUITE_P(
    Bodies, PeekJson,
    ::testing::Values(
        JsonCase{"chat", kChat, "model=gpt-6.1-sol@\"gpt-6.1-sol\"@ stream=yes options usage=yes max=64"},
        JsonCase{"spaces", "\n{ \"model\" : \"m\" , \"stream\" : false }\n", "model=m@\"m\"@ stream=no"},
        JsonCase{"byte_order_mark", "\xEF\xBB\xBF{\"model\":\"m\"}", "model=m@\"m\"@"},
        JsonCase{"half_byte_order_mark", "\xEF\xBB{\"model\":\"m\"}", "malformed"}, JsonCase{"empty", "", ""}, JsonCase{"blank", "  \n", ""},
        JsonCase{"unclosed", R"({"model":"m")", "malformed"}, JsonCase{"trailing_text", R"({"model":"m"}x)", "malformed"},
        JsonCase{"no_json", "model=m", "malformed"}, JsonCase{"array", R"([{"model":"m"}])", ""},
        JsonCase{"nested_model_is_another", R"({"metadata":{"model":"x","stream":true},"messages":[{"model":"y"}]})", ""},
        JsonCase{"last_duplicate_counts", R"({"model":"a","stream":true,"model":"b","stream":false})", "model=b@\"b\"@ stream=no"},
        JsonCase{"later_wrong_type_takes_back", R"({"model":"a","model":null})", ""}, JsonCase{"model_is_a_number", R"({"model":5})", ""},
        JsonCase{"escaped_model", R"({"model":"meta-llama\/llama-4\u002dx"})", "model=meta-llama/llama-4-x@\"meta-llama\\/llama-4\\u002dx\"@"},
        JsonCase{"model_is_cut", R"({"model":")" + std::string(127, 'm') + "ääää\"}",
                 "model=" + std::string(127, 'm') + "@\"" + std::string(127, 'm') + "ääää\"@"},
        JsonCase{"model_becomes_plain_text", "{\"model\":\"a\\u0000\\nb\\ud800\xC3\"}", "model=a??b\xEF\xBF\xBD?@\"a\\u0000\\nb\\ud800\xC3\"@"},
        JsonCase{"stream_null", R"({"model":"m","stream":null})", "model=m@\"m\"@"},
        JsonCase{"options_null", R"({"stream_options":null})", "options"},
        JsonCase{"options_replaced", R"({"stream_options":{"include_usage":true},"stream_options":{}})", "options"},
        JsonCase{"usage_declined", R"({"stream_options":{"include_usage":false,"x":1}})", "options usage=no"},
        JsonCase{"max_tokens", R"({"max_tokens":10})", "max=10"},
        JsonCase{"responses", R"({"model":"o4-mini","max_output_tokens":1e3})", "model=o4-mini@\"o4-mini\"@ max=1000"},
        JsonCase{"gemini", R"({"contents":[],"generationConfig":{"maxOutputTokens":2048}})", "max=2048"},
        JsonCase{"max_null", R"({"max_tokens":null})", ""}),
    [](const auto& test) { return std::string{test.param.name}; });

struct FormCase {
  const char* name;
  std::string content_type, body, want;
};
class PeekForm : public ::testing::TestWithParam<FormCase> {};
TEST_P(PeekForm, Sees) {
  const auto run = [](const testing::Pieces& pieces) { return peek(BodyModel::multipart, GetParam().content_type, pieces); };
  EXPECT_EQ(testing::same_for_every_split(GetParam().body, run), GetParam().want);
}

const std::string kType = "multipart/form-data; boundary=XbX";
std::string part(std::string_view disposition, std::string_view content) {
  return "--XbX\r\nContent-Disposition: form-data; " + std::string{disposition} + "\r\n\r\n" + std::string{content} + "\r\n";
}
const std::string kFile =
    part("name=\"file\"; filename=\"a.mp3\"\r\nContent-Type: audio/mpeg", std::string{"\r\n\r--\r\n--Xb\0\r\n--XbY binary\r", 28});

INSTANTIATE_TEST_SUITE_P(
    Bodies, PeekForm,
    ::testing::Values(
        FormCase{"model_after_file", kType, kFile + part(R"(name="model")", "whisper-1") + part(R"(name="stream")", "true") + "--XbX--\r\n",
                 "model=whisper-1@whisper-1@ stream=yes"},
        FormCase{"quoted_boundary", R"(Multipart/Form-Data; charset=utf-8; Boundary="XbX")", part("name=model", "m") + "--XbX--", "model=m@m@"},
        FormCase{"preamble_and_epilogue", kType, "ignored --XbX\r\n" + part("name=\"model\"", "m") + "--XbX--\r\n--XbX\r\nmore", "model=m@m@"},
        FormCase{"padding_after_boundary", kType, "--XbX \t\r\ncontent-disposition:form-data;name=\"model\"\r\n\r\nm\r\n--XbX--", "model=m@m@"},
        FormCase{"last_part_counts", kType, part("name=\"model\"", "a") + part("name=\"model\"", "bc") + "--XbX--", "model=bc@bc@"},
        FormCase{"other_names", kType, part("name=\"models\"", "a") + part("name=\"xmodel\"", "b") + part("filename=\"model\"", "c") + "--XbX--", ""},
        FormCase{"boundary_inside_is_content", kType, part("name=\"model\"", "a\r\n--XbXY") + "--XbX--", "model=a?\?--XbXY@a\r\n--XbXY@"},
        FormCase{"cut_line_ends_are_content", kType, part("name=\"model\"", "a\r\r\n-b") + "--XbX--", "model=a?\?\?-b@a\r\r\n-b@"},
        FormCase{"empty_model", kType, part("name=\"model\"", "") + "--XbX--", "model=@@"},
        FormCase{"long_model_is_cut", kType, part("name=\"model\"", std::string(200, 'm')) + "--XbX--",
                 "model=" + std::string(128, 'm') + "@" + std::string(200, 'm') + "@"},
        FormCase{"streams_not", kType, part("name=\"stream\"", "False") + "--XbX--", "stream=no"}, FormCase{"empty", kType, "", ""},
        FormCase{"unclosed", kType, part("name=\"model\"", "m"), "malformed"}, FormCase{"no_boundary_in_body", kType, "model=m", "malformed"},
        FormCase{"no_boundary_in_type", "multipart/form-data", part("name=\"model\"", "m") + "--XbX--", "malformed"},
        FormCase{"boundary_too_long", "multipart/form-data; boundary=" + std::string(71, 'b'), "x", "malformed"},
        FormCase{"endless_headers", kType, "--XbX\r\n" + std::string(20000, 'h'), "malformed"},
        FormCase{"json_where_both_are_possible", "application/json", R"({"model":"m"})", "model=m@\"m\"@"},
        FormCase{"another_type", "text/plain", "model", ""}),
    [](const auto& test) { return std::string{test.param.name}; });

TEST(RequestPeek, LooksAtNothingWithoutABodyModel) {
  EXPECT_EQ(peek(BodyModel::none, "application/json", {"not json"}), "");
  RequestPeek idle;
  idle.feed("x");
  idle.finish();
  EXPECT_FALSE(idle.seen().malformed);
}

TEST(RequestPeek, IsReusableAndMovable) {
  RequestPeek first;
  first.start(BodyModel::json, "");
  first.feed(R"({"model":"one")");
  RequestPeek second = std::move(first);
  second.feed("}");
  second.finish();
  EXPECT_EQ(to_text(second.seen(), "{\"model\":\"one\"}"), "model=one@\"one\"@");
  second.start(BodyModel::json, "");
  second.finish();
  EXPECT_EQ(to_text(second.seen(), "{\"model\":\"one\"}"), "");
}

TEST(RequestPeek, TakesAFormWhereJsonIsUsual) {
  const std::string body = part("name=\"model\"", "gpt-image-1") + "--XbX--";
  EXPECT_EQ(peek(BodyModel::json, kType, {body}), "model=gpt-image-1@gpt-image-1@");
}

}  // namespace
}  // namespace lectr::wire
