#include "api/csrf.hpp"

#include <gtest/gtest.h>

#include "api/cookie.hpp"

namespace lectr::api {
namespace {

struct CsrfCase {
  const char* name;
  Verb verb;
  const char *csrf, *site, *origin;
  bool tls;
  bool with_cookie, without_cookie;
};
class Csrf : public testing::TestWithParam<CsrfCase> {};
TEST_P(Csrf, Decides) {
  const auto& c = GetParam();
  Request request;
  request.verb = c.verb;
  request.csrf = c.csrf;
  request.sec_fetch_site = c.site;
  request.origin = c.origin;
  request.host = "lectr.example:8081";
  request.tls = c.tls;
  EXPECT_EQ(same_origin(request, Proof::needed), c.with_cookie);
  EXPECT_EQ(same_origin(request, Proof::unless_foreign), c.without_cookie);
}
INSTANTIATE_TEST_SUITE_P(Cases, Csrf,
                         testing::Values(CsrfCase{"reading_is_free", Verb::get, "", "cross-site", "https://evil.example", false, true, true},
                                         CsrfCase{"bare_post", Verb::post, "", "", "", false, false, true},
                                         CsrfCase{"bare_delete", Verb::del, "", "", "", false, false, true},
                                         CsrfCase{"own_header", Verb::post, "1", "", "", false, true, true},
                                         CsrfCase{"wrong_header", Verb::post, "yes", "", "", false, false, true},
                                         CsrfCase{"own_page", Verb::post, "", "same-origin", "", false, true, true},
                                         CsrfCase{"sibling_site", Verb::post, "", "same-site", "", false, false, false},
                                         CsrfCase{"foreign_page", Verb::post, "", "cross-site", "", false, false, false},
                                         CsrfCase{"foreign_page_with_header", Verb::post, "1", "cross-site", "", false, false, false},
                                         CsrfCase{"own_origin", Verb::post, "", "", "http://lectr.example:8081", false, true, true},
                                         CsrfCase{"own_origin_tls", Verb::post, "", "", "https://lectr.example:8081", true, true, true},
                                         CsrfCase{"other_scheme", Verb::post, "", "", "http://lectr.example:8081", true, false, false},
                                         CsrfCase{"other_port", Verb::post, "", "", "http://lectr.example:9000", false, false, false},
                                         CsrfCase{"longer_host", Verb::post, "", "", "http://lectr.example:8081.evil.example", false, false, false},
                                         CsrfCase{"null_origin", Verb::post, "", "", "null", false, false, false},
                                         CsrfCase{"typed_by_a_person", Verb::post, "", "none", "", false, false, true}),
                         [](const auto& c) { return std::string{c.param.name}; });

struct CookieCase {
  const char* name;
  const char* header;
  const char* want;
};
class Cookie : public testing::TestWithParam<CookieCase> {};
TEST_P(Cookie, IsFound) { EXPECT_EQ(session_cookie(GetParam().header), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(Cases, Cookie,
                         testing::Values(CookieCase{"alone", "lectr_session=ls_1", "ls_1"},
                                         CookieCase{"among_others", "a=b; lectr_session=ls_1; c=d", "ls_1"},
                                         CookieCase{"longer_name", "my_lectr_session=ls_1", ""}, CookieCase{"in_a_value", "a=lectr_session=ls_1", ""},
                                         CookieCase{"no_space", "a=b;lectr_session=ls_1", "ls_1"}, CookieCase{"none", "", ""},
                                         CookieCase{"only_semicolons", ";;;", ""}, CookieCase{"no_value", "lectr_session", ""}),
                         [](const auto& c) { return std::string{c.param.name}; });

TEST(Cookie, SecureOnlyUnderTls) {
  EXPECT_EQ(set_session_cookie("ls_1", false), "lectr_session=ls_1; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200");
  EXPECT_EQ(set_session_cookie("ls_1", true), "lectr_session=ls_1; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure");
  EXPECT_EQ(end_session_cookie(false), "lectr_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

}  // namespace
}  // namespace lectr::api
