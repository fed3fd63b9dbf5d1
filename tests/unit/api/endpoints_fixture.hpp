// Endpoints called without a socket, under a clock that the test moves.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/context.hpp"
#include "api/cookie.hpp"
#include "lectr/base/time_text.hpp"
#include "support/fake_stores.hpp"

namespace lectr::api {

inline constexpr std::int64_t kSecond = 1'000'000, kStart = 1'795'098'571 * kSecond;

class Endpoints : public testing::Test {
 protected:
  void SetUp() override {
    org_ = *stores_.control->add_org("halden");
    other_ = *stores_.control->add_org("other");
    static const std::string hash = hash_password("word");
    mara_ = *stores_.control->add_user({.org = org_, .name = "mara", .password_hash = hash, .role = store::Role::admin});
  }

  Reply call(Verb verb, std::string target, std::string body = {}, std::string cookie = {}) {
    Request request;
    const auto mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != target.npos) request.query = *Query::parse(std::string_view{target}.substr(mark + 1));
    const auto endpoint = find_endpoint(verb, request.path);
    if (!endpoint) return Reply::problem(endpoint.error());
    request.verb = verb;
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

  // As the admin, who is signed in.
  nlohmann::json ask(Verb verb, std::string target, const nlohmann::json& body = nullptr, unsigned status = 200) {
    if (cookie_.empty()) cookie_ = sign_in();
    const Reply reply = call(verb, std::move(target), body.is_null() ? std::string{} : body.dump(), cookie_);
    EXPECT_EQ(reply.status, status) << reply.body;
    return reply.body.empty() ? nlohmann::json{} : nlohmann::json::parse(reply.body);
  }

  OrgId org_ = 0, other_ = 0;
  std::int64_t mara_ = 0;
  std::string cookie_;
  int changes_ = 0;
  fake::Mishap mishap_;
  store::Stores stores_{std::make_unique<fake::Events>(mishap_), std::make_unique<fake::Control>(mishap_), std::make_unique<fake::Insight>(mishap_),
                        std::make_unique<fake::Alerts>(mishap_)};
  std::int64_t now_us_ = kStart;
  Context context_{stores_,
                   [] { return Status{}; },
                   [this] { ++changes_; },
                   "",
                   LoginThrottle{},
                   [this] { return now_us_; },
                   [] {
                     return std::vector<ProviderInfo>{{"openai", "https://api.openai.com", false, false}, {"azure", "", false, true}};
                   },
                   [](const std::string& reference) { return reference == "env:THERE"; },
                   {},
                   [] {
                     auto snapshot = std::make_shared<config::Snapshot>();
                     snapshot->registry = std::make_shared<const config::Registry>(config::build_registry({}).value());
                     snapshot->prices = config::builtin_prices();
                     return snapshot;
                   },
                   "here"};
};

// Sums over rows that the test knows.
class Numbers : public Endpoints {
 protected:
  void SetUp() override {
    Endpoints::SetUp();
    std::vector<Event> rows;
    for (int n = 0; n < 10; ++n) rows.push_back(row(n, org_, n < 7 ? "openai" : "groq", n < 7 ? "chat" : "untagged"));
    rows[9].status = 500, rows[9].error_source = ErrorSource::provider, rows[9].error_category = ErrorCategory::capacity;
    rows.push_back(row(10, other_, "openai", "secret"));
    ASSERT_TRUE(stores_.events->append(rows));
  }
  Event row(int n, OrgId org, const char* provider, const char* feature) {
    Event e;
    e.id.bytes[15] = static_cast<std::uint8_t>(n + 1);
    e.completed_at_us = now_us_ - (n + 1) * 60 * kSecond;
    e.org_id = org, e.key_id = 1, e.provider = provider, e.feature = feature;
    e.model_requested = e.model_actual = "m" + std::to_string(n % 7);
    e.status = 200, e.attempts = 1, e.latency_us = 1000 * (n + 1);
    e.token_source = TokenSource::provider;
    e.tokens_input = 10, e.tokens_output = 5;
    e.cost = e.cost_low = e.cost_high = Money::parse("0.01");
    e.cost_source = CostSource::price_table;
    return e;
  }
};

}  // namespace lectr::api
