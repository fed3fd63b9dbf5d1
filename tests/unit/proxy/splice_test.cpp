#include "proxy/splice.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace lectr::proxy {
namespace {

// A POST as the session holds it once its body has been looked at.
struct Held {
  Exchange x;
  wire::RequestPeek peek;
  explicit Held(std::string_view body, std::string_view fields = "Content-Type: application/json\r\n",
                std::string_view target = "/v1/chat/completions", bool chunked = false) {
    const std::string framing = chunked ? "Transfer-Encoding: chunked\r\n" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
    x.request.append("POST " + std::string{target} + " HTTP/1.1\r\nHost: g\r\n" + std::string{fields} + framing + "\r\n");
    EXPECT_TRUE(net::parse_request(x.request.view(), {}, x.head));
    x.up_body.start(x.head.framing, x.head.length);
    x.request.append(body);
    x.up_body.feed(body, nullptr);
    x.endpoint = wire::classify("POST", x.head.target(x.request.view()));
    const net::Field* type = x.head.find(net::FieldId::content_type);
    peek.start(x.endpoint.body_model, type ? x.head.value(x.request.view(), *type) : std::string_view{});
    peek.feed(chunked ? unchunked(body) : std::string{body});
    peek.finish();
  }
  ModelPlace place() { return find_model(x, peek.seen()); }
  std::string replaced(std::string_view name) {
    const ModelPlace at = place();
    const std::string payload = at.in == ModelPlace::In::chunked_body ? unchunked(x.held_body()) : std::string{x.held_body()};
    return payload.substr(0, at.begin) + (at.in == ModelPlace::In::form ? std::string{name} : json_string(name)) + payload.substr(at.end);
  }
};

struct BodyCase {
  const char* name;
  const char* body;
  const char* want;  // null: can't be replaced
};
class JsonSplice : public testing::TestWithParam<BodyCase> {};
TEST_P(JsonSplice, ReplacesTheValueAlone) {
  Held held{GetParam().body};
  ASSERT_EQ(static_cast<bool>(held.place()), GetParam().want != nullptr);
  if (GetParam().want) { EXPECT_EQ(held.replaced("new-1"), GetParam().want); }
}
INSTANTIATE_TEST_SUITE_P(
    Bodies, JsonSplice,
    testing::Values(BodyCase{"plain", R"({"model":"a","x":1})", R"({"model":"new-1","x":1})"},
                    BodyCase{"space_and_order_stay", " {\n\t\"x\" : 1 ,  \"model\"  :  \"a\"\n} ", " {\n\t\"x\" : 1 ,  \"model\"  :  \"new-1\"\n} "},
                    BodyCase{"escapes_in_value_and_key", R"({"mo\u0064el":"a\"\\b\u00e9"})", R"({"mo\u0064el":"new-1"})"},
                    BodyCase{"nested_ones_stay", R"({"a":{"model":"b"},"model":"c","d":[{"model":"e"}]})",
                             R"({"a":{"model":"b"},"model":"new-1","d":[{"model":"e"}]})"},
                    BodyCase{"byte_order_mark", "\xEF\xBB\xBF{\"model\":\"a\"}", "\xEF\xBB\xBF{\"model\":\"new-1\"}"},
                    BodyCase{"twice", R"({"model":"a","model":"b"})", nullptr}, BodyCase{"twice_once_no_text", R"({"model":1,"model":"b"})", nullptr},
                    BodyCase{"twice_last_no_text", R"({"model":"b","model":null})", nullptr}, BodyCase{"none", R"({"x":1})", nullptr},
                    BodyCase{"no_text", R"({"model":5})", nullptr}),
    [](const auto& c) { return std::string{c.param.name}; });

TEST(Splice, FindsTheFieldOfAForm) {
  const std::string
      before =
          "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"model\"\r\n\r\nmodel\r\n--b\r\nContent-Disposition: form-data; "
          "name=\"model\"\r\n\r\n",
      after = "\r\n--b--\r\n";
  Held held{before + "whisper-1" + after, "Content-Type: multipart/form-data; boundary=b\r\n", "/v1/audio/transcriptions"};
  ASSERT_EQ(held.place().in, ModelPlace::In::form);
  EXPECT_EQ(held.replaced("whisper-large-v3"), before + "whisper-large-v3" + after);
}

TEST(Splice, FindsTheModelInAPath) {
  Held azure{"{}", "Content-Type: application/json\r\n", "/openai/deployments/my%20dep/chat/completions?api-version=1"};
  const ModelPlace at = azure.place();
  ASSERT_EQ(at.in, ModelPlace::In::target);
  EXPECT_EQ(azure.x.head.target(azure.x.request.view()).substr(at.begin, at.end - at.begin), "my%20dep");
  Held gemini{"{}", "Content-Type: application/json\r\n", "/v1beta/models/gemini-3.8-flash:generateContent"};
  EXPECT_EQ(gemini.place().in, ModelPlace::In::target);
  EXPECT_EQ(path_segment("a b/c:d%\xC3\xA9"), "a%20b%2Fc%3Ad%25%C3%A9");
}

TEST(Splice, LeavesCodedBodiesAndChunksItCantKeepAlone) {
  EXPECT_FALSE(Held(R"({"model":"a"})", "Content-Type: application/json\r\nContent-Encoding: gzip\r\n").place());
  const std::string chunks = "8\r\n{\"model\"\r\n5\r\n:\"a\"}\r\n0\r\n\r\n";
  Held whole{chunks, "Content-Type: application/json\r\n", "/v1/chat/completions", true};
  ASSERT_EQ(whole.place().in, ModelPlace::In::chunked_body);
  EXPECT_EQ(whole.replaced("b"), R"({"model":"b"})");
  EXPECT_FALSE(Held(chunks.substr(0, chunks.size() - 7), "Content-Type: application/json\r\n", "/v1/chat/completions", true).place());
  EXPECT_FALSE(
      Held(chunks.substr(0, chunks.size() - 2) + "X-Trailer: 1\r\n\r\n", "Content-Type: application/json\r\n", "/v1/chat/completions", true).place());
}

// Random documents: what is read back is the same document with another model, and all bytes around the value are as they were.
TEST(SpliceProperty, EverythingButTheValueStays) {
  std::mt19937 random{11};
  const auto text = [&random] {
    std::string out;
    for (auto n = random() % 12; n > 0; --n) {
      static const char* kPieces[] = {"a", "model", "\"", "\\", "\n", "\xC3\xA9", "{", "}", ":", ",", "\xF0\x9F\x98\x80", " "};
      out += kPieces[random() % 12];
    }
    return out;
  };
  for (int round = 0; round < 2000; ++round) {
    nlohmann::ordered_json document;
    const auto members = 1 + random() % 6, at = random() % members;
    for (std::size_t i = 0; i < members; ++i) {
      if (i == at) document["model"] = "m" + text();
      document["k" + text() + std::to_string(i)] = nlohmann::json{{"model", text()}, {"x", {text(), {{"model", 1}}}}};
    }
    const std::string body = document.dump(static_cast<int>(random() % 3) - 1, ' ', random() % 2 == 0), name = "n" + text();
    Held held{body};
    const ModelPlace place = held.place();
    ASSERT_TRUE(place) << body;
    const std::string out = held.replaced(name);
    document["model"] = name;
    ASSERT_EQ(nlohmann::ordered_json::parse(out), document) << body;
    ASSERT_EQ(out.substr(0, place.begin), body.substr(0, place.begin));
    ASSERT_TRUE(out.ends_with(body.substr(place.end)));
  }
}

TEST(Splice, GivesOtherProvidersTheirOwnPath) {
  EXPECT_EQ(portable_target("/v1/chat/completions?key=AIza"), "/v1/chat/completions");
  EXPECT_EQ(portable_target("/openai/v1/responses"), "/v1/responses");
  EXPECT_EQ(portable_target("/api/v1/chat/completions"), "/v1/chat/completions");
  EXPECT_EQ(portable_target("/v1beta/openai/chat/completions"), "/v1/chat/completions");
  EXPECT_EQ(portable_target("/chat/completions"), "/v1/chat/completions");
}

}  // namespace
}  // namespace lectr::proxy
