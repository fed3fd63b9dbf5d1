#include <gtest/gtest.h>

#include "lectr/config/snapshot.hpp"

namespace lectr::config {
namespace {

struct UrlCase {
  const char* text;
  const char* want;
};  // want: "tls|plain host port path authority", empty: refused
class ParseUrl : public testing::TestWithParam<UrlCase> {};

TEST_P(ParseUrl, ReadsBaseUrls) {
  const auto url = parse_url(GetParam().text);
  const std::string got =
      url ? (url->tls ? "tls " : "plain ") + url->host + ' ' + std::to_string(url->port) + ' ' + url->path + ' ' + url->authority : "";
  EXPECT_EQ(got, GetParam().want) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ParseUrl,
    testing::Values(UrlCase{"https://api.openai.com", "tls api.openai.com 443  api.openai.com"},
                    UrlCase{"https://API.Groq.com/openai/", "tls api.groq.com 443 /openai api.groq.com"},
                    UrlCase{"http://127.0.0.1:9000", "plain 127.0.0.1 9000  127.0.0.1:9000"}, UrlCase{"HTTP://h:80/a/b//", "plain h 80 /a/b h"},
                    UrlCase{"http://[::1]:9000/x", "plain ::1 9000 /x [::1]:9000"}, UrlCase{"https://[::1]", "tls ::1 443  [::1]"},
                    UrlCase{"https://h:8443", "tls h 8443  h:8443"}, UrlCase{"ftp://h", ""}, UrlCase{"h:80", ""}, UrlCase{"", ""},
                    UrlCase{"http://", ""}, UrlCase{"http://h:0", ""}, UrlCase{"http://h:65536", ""}, UrlCase{"http://h:", ""},
                    UrlCase{"http://h:8x", ""}, UrlCase{"http://user:pass@h", ""}, UrlCase{"http://h/?a=b", ""}, UrlCase{"http://h/#f", ""},
                    UrlCase{"http://h/a b", ""}, UrlCase{"http://h/a\r\nX: y", ""}, UrlCase{"http://[::1", ""}, UrlCase{"http://[x]", ""},
                    UrlCase{"http://[::1]x", ""}, UrlCase{"http://h_1.local/v1", "plain h_1.local 80 /v1 h_1.local"}, UrlCase{"http://a b/", ""}));

}  // namespace
}  // namespace lectr::config
