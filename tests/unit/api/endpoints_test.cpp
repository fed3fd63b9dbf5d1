// Endpoints called without a socket, under a clock that the test moves.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/context.hpp"
#include "api/cookie.hpp"
#include "support/fake_stores.hpp"

namespace lectr::api {
namespace {

constexpr std::int64_t kSecond = 1'000'000, kStart = 1'795'098'571 * kSecond;

class Endpoints : public testing::Test {
 protected:
  void SetUp() override {
    const OrgId org = *stores_.control->add_org("halden");
    static const std::string hash = hash_password("word");
    (void)stores_.control->add_user({.org = org, .name = "mara", .password_hash = hash, .role = store::Role::admin});
  }

  Reply call(Verb verb, std::string path, std::string body = {}, std::string cookie = {}) {
    const auto endpoint = find_endpoint(verb, path);
    if (!endpoint) return Reply::problem(endpoint.error());
    Request request;
    request.verb = verb;
    request.path = std::move(path);
    request.body = std::move(body);
    request.cookie = std::move(cookie);
    request.content_type = "application/json; charset=utf-8";
    request.csrf = "1";
    request.peer = "10.0.0.1";
    return serve_api(context_, **endpoint, request);
  }
  std::string sign_in() {
    const Reply reply = call(Verb::post, "/api/v1/login", R"({"user":"mara","password":"word"})");
    for (const auto& [name, value] : reply.headers)
      if (name == "Set-Cookie") return value.substr(0, value.find(';'));
    return {};
  }

  fake::Mishap mishap_;
  store::Stores stores_{std::make_unique<fake::Events>(mishap_), std::make_unique<fake::Control>(mishap_)};
  std::int64_t now_us_ = kStart;
  Context context_{stores_, [] { return Status{}; }, {}, "", LoginThrottle{}, [this] { return now_us_; }};
};

TEST_F(Endpoints, SessionEndsAfterTwelveHours) {
  const auto cookie = sign_in();
  ASSERT_FALSE(cookie.empty());
  now_us_ = kStart + kSessionSeconds * kSecond - 1;
  EXPECT_EQ(call(Verb::get, "/api/v1/me", {}, cookie).status, 200u);
  now_us_ = kStart + kSessionSeconds * kSecond;
  EXPECT_EQ(call(Verb::get, "/api/v1/me", {}, cookie).status, 401u);
}

TEST_F(Endpoints, PauseAfterWrongPasswordsEnds) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(call(Verb::post, "/api/v1/login", R"({"user":"mara","password":"x"})").status, 401u);
  EXPECT_EQ(sign_in(), "");
  now_us_ += 30 * kSecond;
  EXPECT_NE(sign_in(), "");
}

TEST_F(Endpoints, ParametersNeverReachAnotherOrg) {
  const auto cookie = sign_in();
  Request request;
  request.path = "/api/v1/requests";
  request.query = *Query::parse("org=2");
  request.cookie = cookie;
  const Reply reply = serve_api(context_, **find_endpoint(Verb::get, request.path), request);
  EXPECT_EQ(reply.status, 400u);
  EXPECT_EQ(nlohmann::json::parse(reply.body)["error"]["field"], "org");
}

TEST_F(Endpoints, EveryOneThatWritesAsksForARole) {
  for (const Endpoint& endpoint : endpoints()) {
    const bool own_session = endpoint.path == "/login" || endpoint.path == "/logout";
    const bool writes = endpoint.verb != Verb::get && !own_session;
    EXPECT_EQ(endpoint.access == Access::editor, writes) << endpoint.path;
    EXPECT_EQ(endpoint.access == Access::anyone, endpoint.path == "/login") << endpoint.path;
  }
}

TEST_F(Endpoints, ExceptionIsA500WithoutItsText) {
  const Endpoint broken{Verb::get, "/broken", Access::anyone, Lane::store,
                        [](Context&, const Caller&, const Request&) -> Reply { throw std::runtime_error("canary"); }};
  const Reply reply = serve_api(context_, broken, Request{});
  EXPECT_EQ(reply.status, 500u);
  EXPECT_EQ(reply.body.find("canary"), std::string::npos);
}

}  // namespace
}  // namespace lectr::api
