#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/alerts/bodies.hpp"
#include "app/alerts/units.hpp"

namespace lectr::app::alerts {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kAt = 1'795'098'600'000'000;  // Thu 19 Nov 2026, 14:30 UTC
constexpr const char* kHostile = "\r\nBcc: x@y\r\n<script>&<!channel> @all";

struct Told {
  const char* name;
  store::ControlEventRow event;
  const char* title;
  const char* text;
  const char* url;
};
class Notices : public testing::TestWithParam<Told> {};
TEST_P(Notices, SayWhatHowMuchSinceWhenAndWhereToLook) {
  const Notice notice = notice_of(GetParam().event, "halden", "https://lectr.example.com/");
  EXPECT_EQ(notice.title, GetParam().title);
  EXPECT_EQ(notice.text, GetParam().text);
  EXPECT_EQ(notice.url, GetParam().url);
  EXPECT_TRUE(notice_of(GetParam().event, "halden", "").url.empty());
}
store::ControlEventRow event(const char* kind, const char* name, const char* detail) { return {1, 1, kind, name, "k", kAt, detail}; }
INSTANTIATE_TEST_SUITE_P(
    Table, Notices,
    testing::Values(
        Told{"budget", event("budget", "month", R"({"percent":80,"spent":"400.123","of":"500","window_from":"2026-11-01T00:00:00.000000Z"})"),
             "Budget “month” has reached 80 % of $500.00",
             "$400.12 are spent, 80 % of $500.00, since Sun 1 Nov 2026, 00:00 UTC. Limits & budgets shows what happens to further requests. Seen at "
             "Thu 19 "
             "Nov 2026, 14:30 UTC in org halden.",
             "https://lectr.example.com/limits"},
        Told{"latency_missed",
             event("latency", "chat",
                   R"({"state":"breached","feature":"chat","p95_ms":3214.5,"target_ms":2500,"ttfb_p95_ms":-0.001,"ttfb_target_ms":0,)"
                   R"("requests":1284,"switch_rule":"to groq"})"),
             "Latency target “chat” is missed",
             "P95 of whole answers is 3.21 s, the target 2.50 s. 1,284 requests of feature “chat” were looked at. Rule “to groq” uses its fallbacks "
             "first "
             "until the target is met. Seen at Thu 19 Nov 2026, 14:30 UTC in org halden.",
             "https://lectr.example.com/limits"},
        Told{"latency_met",
             event("latency", "all", R"({"state":"within","p95_ms":94.2,"target_ms":100,"ttfb_p95_ms":20,"ttfb_target_ms":30,"requests":20})"),
             "Latency target “all” is met again",
             "P95 of whole answers is 94.2 ms, the target 100 ms. P95 to the first byte is 20.0 ms, the target 30.0 ms. 20 requests were looked at. "
             "Seen at "
             "Thu 19 Nov 2026, 14:30 UTC in org halden.",
             "https://lectr.example.com/limits"},
        Told{"anomaly",
             event("anomaly", "search",
                   R"({"title":"Error rate of search is high","metric":"errors","observed":0.371,"baseline":0.02,)"
                   R"("sigma":10.94,"severity":"high","anomaly":34})"),
             "Error rate of search is high",
             "Observed 37.1 % where 2.00 % is usual (+10.9 σ), in feature “search”. Metric errors, severity high. Anomalies shows what it consists "
             "of. Seen "
             "at Thu 19 Nov 2026, 14:30 UTC in org halden.",
             "https://lectr.example.com/anomalies?item=34"},
        Told{"anomaly_bare", event("anomaly", "", "no json"), "Anomaly in the whole org",
             "In the whole org. Anomalies shows what it consists of. Seen at Thu 19 Nov 2026, 14:30 UTC in org halden.",
             "https://lectr.example.com/anomalies"},
        Told{"budget_odd", event("budget", "m", R"({"percent":"80","of":7})"), "Budget “m” has reached 0 % of no amount",
             "no amount are spent, 0 % of no amount. Limits & budgets shows what happens to further requests. Seen at Thu 19 Nov 2026, 14:30 UTC in "
             "org "
             "halden.",
             "https://lectr.example.com/limits"}),
    [](const auto& told) { return std::string{told.param.name}; });

struct Text {
  const char* name;
  std::string got, want;
};
class Units : public testing::TestWithParam<Text> {};
TEST_P(Units, ReadAsOnTheDashboard) { EXPECT_EQ(GetParam().got, GetParam().want); }
INSTANTIATE_TEST_SUITE_P(Table, Units,
                         testing::Values(Text{"money", dollars(57.92), "$57.92"}, Text{"thousands", dollars(1234567.5), "$1,234,567.50"},
                                         Text{"small", dollars(0.00079), "$0.00079"}, Text{"smaller", dollars(0.0000429), "$0.000043"},
                                         Text{"nothing", dollars(0.0), "$0.00"}, Text{"decimal", dollars("12.345"), "$12.35"},
                                         Text{"below_ms", span_of(0.31), "0.31 ms"}, Text{"ms", span_of(94), "94.0 ms"},
                                         Text{"s", span_of(2310), "2.31 s"}, Text{"min", span_of(252'000), "4 min 12 s"},
                                         Text{"whole_min", span_of(120'000), "2 min"}, Text{"share", share(0.674), "67.4 %"},
                                         Text{"count", count(17858), "17,858"}, Text{"part", count(0.42), "0.42"},
                                         Text{"sigma", deviation(-3), "−3.0 σ"}, Text{"line", one_line("a\r\nb\tc\x7f"), "a  b c "},
                                         Text{"bad_utf8", one_line("a\xff\xc0\xafz"), "a\uFFFD\uFFFD\uFFFDz"},
                                         Text{"turned", one_line("a\u202Egpj.exe\u2028"), "a gpj.exe "}, Text{"cut", one_line("aaaäää", 8), "aaaä…"}),
                         [](const auto& text) { return std::string{text.param.name}; });

Notice hostile() {
  Notice notice = notice_of(event("budget", kHostile, R"({"percent":80,"spent":"4","of":"5"})"), kHostile, "https://lectr.example.com");
  notice.id = "7-8";
  return notice;
}

TEST(WebhookBody, IsJsonWithAnIdThatStays) {
  const Json body = Json::parse(webhook_body(hostile()));
  EXPECT_EQ(body["id"], "7-8");
  EXPECT_EQ(body["type"], "budget");
  EXPECT_EQ(body["at"], "2026-11-19T14:30:00.000000Z");
  EXPECT_EQ(body["name"], kHostile) << "as it is: JSON can hold it";
  EXPECT_EQ(body["detail"]["percent"], 80);
  EXPECT_EQ(body["url"], "https://lectr.example.com/limits");
  EXPECT_TRUE(body["severity"].is_null());
  EXPECT_EQ(webhook_body(hostile()), webhook_body(hostile()));
  Notice broken = hostile();
  broken.name = "\xff", broken.detail = "{";
  EXPECT_EQ(Json::parse(webhook_body(broken))["name"], "\uFFFD");
}

// The digest is that of `printf '%s' '1795098600.{"a":1}' | openssl dgst -sha256 -hmac secret`.
TEST(Signature, IsHmacOfTimeAndBody) {
  EXPECT_EQ(signature_of("secret", R"({"a":1})", 1'795'098'600), "t=1795098600,v1=c1504bbd3c837f57a9f23024b6aab7b2780c7c9a1b975e5c743b61e4e5e8c082");
  EXPECT_NE(signature_of("secret", R"({"a":2})", 1'795'098'600), signature_of("secret", R"({"a":1})", 1'795'098'600));
}

TEST(SlackBody, MentionsNobodyAndEscapesItsThreeSigns) {
  const std::string text = Json::parse(slack_body(hostile()))["text"];
  EXPECT_EQ(text.find("<!channel>"), text.npos);
  EXPECT_EQ(text.find("@all"), text.npos);
  EXPECT_NE(text.find("&lt;script&gt;&amp;&lt;!channel&gt;"), text.npos) << text;
  EXPECT_TRUE(text.ends_with("\n<https://lectr.example.com/limits|Open in Lectr>")) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST(Mail, HasHeadersThatNoNameCanAddTo) {
  const std::string mail = mail_of(hostile(), {"lectr@example.com", {"a@example.com", "b@example.com"}});
  const auto end = mail.find("\r\n\r\n");
  const std::string head = mail.substr(0, end + 2);
  std::vector<std::string> names;
  for (std::size_t at = 0; at < head.size(); at = head.find("\r\n", at) + 2) {
    const std::string line = head.substr(at, head.find("\r\n", at) - at);
    EXPECT_LE(line.size(), 78u) << line;
    if (line.front() != ' ') names.push_back(line.substr(0, line.find(':')));
  }
  EXPECT_EQ(names, (std::vector<std::string>{"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
                                             "Content-Transfer-Encoding"}));
  EXPECT_NE(head.find("Date: Thu, 19 Nov 2026 14:30:00 +0000\r\n"), head.npos);
  EXPECT_NE(head.find("Message-ID: <alert.7-8@example.com>\r\n"), head.npos);
  EXPECT_NE(head.find("To: a@example.com,\r\n b@example.com\r\n"), head.npos);
  EXPECT_EQ(head.find("Bcc"), head.npos) << "encoded in the subject";
  for (std::size_t at = end + 4; at < mail.size(); ++at)
    if (mail[at] == '\n') EXPECT_EQ(mail[at - 1], '\r');
}

TEST(HeaderText, IsPlainOrEncodedWords) {
  EXPECT_EQ(header_text("Budget month"), "Budget month");
  EXPECT_EQ(header_text("a “b”"), "=?UTF-8?B?YSDigJxi4oCd?=");
  EXPECT_EQ(header_text("=?UTF-8?B?YQ==?="), "=?UTF-8?B?PT9VVEYtOD9CP1lRPT0/PQ==?=") << "a name is no encoded word";
  const std::string longer = header_text(std::string(50, 'a') + std::string(30, '\xff'));
  EXPECT_NE(longer.find("?=\r\n =?UTF-8?B?"), longer.npos);
}

TEST(QuotedPrintable, HasShortLinesAndNothingAServerWouldChange) {
  EXPECT_EQ(quoted_printable("a=b “c” \nd"), "a=3Db =E2=80=9Cc=E2=80=9D=20\r\nd");
  EXPECT_EQ(quoted_printable(std::string(100, 'x')), std::string(75, 'x') + "=\r\n" + std::string(25, 'x'));
}

}  // namespace
}  // namespace lectr::app::alerts
