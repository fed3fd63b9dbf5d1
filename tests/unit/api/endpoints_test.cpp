// Endpoints called without a socket, under a clock that the test moves.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/context.hpp"
#include "api/cookie.hpp"
#include "lectr/base/time_text.hpp"
#include "support/fake_stores.hpp"

namespace lectr::api {
namespace {

constexpr std::int64_t kSecond = 1'000'000, kStart = 1'795'098'571 * kSecond;

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
  store::Stores stores_{std::make_unique<fake::Events>(mishap_), std::make_unique<fake::Control>(mishap_)};
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
    const bool own_session = endpoint.path == "/login" || endpoint.path == "/logout" || endpoint.path == "/me/password";
    const bool asks = endpoint.path == "/control/check" || endpoint.path == "/control/dry_run" ||
                      endpoint.path == "/control/replay";  // a POST, because a document is too long for a query
    const bool writes = endpoint.verb != Verb::get && !own_session && !asks;
    const bool edits = endpoint.path.starts_with("/keys") || endpoint.path == "/control";
    EXPECT_EQ(endpoint.access == Access::editor, writes && edits) << endpoint.path;
    EXPECT_EQ(endpoint.access == Access::admin, writes && !edits) << endpoint.path;
    EXPECT_EQ(endpoint.access == Access::anyone, endpoint.path == "/login" || endpoint.path == "/openapi.json") << endpoint.path;
  }
}

TEST_F(Endpoints, ExceptionIsA500WithoutItsText) {
  const Endpoint broken{Verb::get, "/broken", Access::anyone, Lane::store, [](const Call&) -> Reply { throw std::runtime_error("canary"); }, {}};
  const Reply reply = serve_api(context_, broken, Request{});
  EXPECT_EQ(reply.status, 500u);
  EXPECT_EQ(reply.body.find("canary"), std::string::npos);
}

struct PathCase {
  const char* name;
  Verb verb;
  const char *path, *found; /* empty: 404; "405" */
};
class Paths : public testing::TestWithParam<PathCase> {};
TEST_P(Paths, AreFoundPartByPart) {
  const auto found = find_endpoint(GetParam().verb, GetParam().path);
  const std::string got = found ? std::string{(*found)->path} : found.error().status == 405 ? "405" : "";
  EXPECT_EQ(got, GetParam().found);
}
INSTANTIATE_TEST_SUITE_P(Cases, Paths,
                         testing::Values(PathCase{"plain", Verb::get, "/api/v1/keys", "/keys"},
                                         PathCase{"part", Verb::del, "/api/v1/keys/7", "/keys/{id}"},
                                         PathCase{"part_between", Verb::post, "/api/v1/keys/7/rotate", "/keys/{id}/rotate"},
                                         PathCase{"dot", Verb::get, "/api/v1/requests.csv", "/requests.csv"},
                                         PathCase{"three_parts", Verb::put, "/api/v1/settings/base_urls/azure", "/settings/base_urls/{provider}"},
                                         PathCase{"empty_part", Verb::del, "/api/v1/keys/", ""},
                                         PathCase{"empty_part_between", Verb::post, "/api/v1/keys//rotate", ""},
                                         PathCase{"too_deep", Verb::get, "/api/v1/requests/a/b", ""}, PathCase{"root", Verb::get, "/api/v1", ""},
                                         PathCase{"slash", Verb::get, "/api/v1/", ""}, PathCase{"glued", Verb::get, "/api/v1keys", ""},
                                         PathCase{"other_verb", Verb::put, "/api/v1/keys", "405"}),
                         [](const auto& c) { return std::string{c.param.name}; });
TEST(Paths, PartsAreDecoded) {
  EXPECT_EQ(path_part("/api/v1/settings/base_urls/a%20b%2Fc", 2), "a b/c");
  EXPECT_EQ(path_part("/api/v1/keys/7/rotate", 1), "7");
  EXPECT_EQ(path_part("/api/v1/keys", 1), "");
  EXPECT_EQ(path_part("/api/v1/keys/%2", 1), "");
}

TEST_F(Endpoints, RotationLetsTheOldKeyLiveOnForAWhile) {
  const auto old = ask(Verb::post, "/api/v1/keys", {{"name", "web"}}, 201);
  const auto fresh = ask(Verb::post, "/api/v1/keys/" + old["id"].dump() + "/rotate", {{"overlap_s", 3600}}, 201);
  EXPECT_EQ(fresh["replaces"], old["id"]);
  EXPECT_EQ(fresh["name"], "web");
  EXPECT_NE(fresh["key"], old["key"]);
  EXPECT_EQ(stores_.control->keys(org_)->front().expires_at_us, now_us_ + 3600 * kSecond);
  EXPECT_EQ(changes_, 2);
  EXPECT_EQ(ask(Verb::post, "/api/v1/keys/1/rotate", {{"overlap_s", -1}}, 400)["error"]["field"], "overlap_s");
  EXPECT_EQ(ask(Verb::post, "/api/v1/keys/1/rotate", {{"overlap_s", 2'592'001}}, 400)["error"]["field"], "overlap_s");
  EXPECT_EQ(call(Verb::post, "/api/v1/keys/" + fresh["id"].dump() + "/rotate", "", cookie_).status, 201u) << "a day without a body";
  EXPECT_EQ(stores_.control->keys(org_)->at(1).expires_at_us, now_us_ + 86'400 * kSecond);
}

TEST_F(Endpoints, KeysAreRenamedAndTheirExpiryMoves) {
  const auto id = ask(Verb::post, "/api/v1/keys", {{"name", "web"}}, 201)["id"].dump();
  auto key = ask(Verb::patch, "/api/v1/keys/" + id, {{"expires_at", "2027-01-01T00:00:00Z"}});
  EXPECT_EQ(key["expires_at"], "2027-01-01T00:00:00.000000Z");
  EXPECT_EQ(key["name"], "web");
  key = ask(Verb::patch, "/api/v1/keys/" + id, {{"name", "shop"}, {"expires_at", nullptr}});
  EXPECT_TRUE(key["expires_at"].is_null());
  EXPECT_EQ(key["name"], "shop");
}

TEST_F(Endpoints, TheLastAdminStays) {
  const std::string mara = "/api/v1/members/" + std::to_string(mara_);
  ask(Verb::del, mara, nullptr, 409);
  ask(Verb::patch, mara, {{"role", "viewer"}}, 409);
  const auto second = ask(Verb::post, "/api/v1/members", {{"user", "vera"}, {"password", "long enough for it"}, {"role", "admin"}}, 201);
  EXPECT_EQ(second["role"], "admin");
  EXPECT_FALSE(second.contains("password"));
  ask(Verb::del, "/api/v1/members/" + second["id"].dump(), nullptr, 204);
}

TEST_F(Endpoints, ARemovedMemberIsSignedOut) {
  ask(Verb::post, "/api/v1/members", {{"user", "vera"}, {"password", "long enough for it"}, {"role", "viewer"}}, 201);
  const Reply signed_in = call(Verb::post, "/api/v1/login", R"({"user":"vera","password":"long enough for it"})");
  const std::string set = signed_in.headers.at(0).second, cookie = set.substr(0, set.find(';'));
  EXPECT_EQ(call(Verb::get, "/api/v1/me", {}, cookie).status, 200u);
  const auto rows = ask(Verb::get, "/api/v1/members")["rows"];
  ask(Verb::del, "/api/v1/members/" + rows[1]["id"].dump(), nullptr, 204);
  EXPECT_EQ(call(Verb::get, "/api/v1/me", {}, cookie).status, 401u);
}

TEST_F(Endpoints, ShortPasswordsAreRefused) {
  EXPECT_EQ(ask(Verb::post, "/api/v1/members", {{"user", "a"}, {"password", "eleven char"}, {"role", "viewer"}}, 400)["error"]["field"], "password");
  // Twelve characters are counted, not bytes.
  EXPECT_EQ(ask(Verb::post, "/api/v1/members", {{"user", "a"}, {"password", "éééééé"}, {"role", "viewer"}}, 400)["error"]["field"], "password");
}

TEST_F(Endpoints, OwnPasswordNeedsTheOldOneAndEndsOtherSessions) {
  cookie_ = sign_in();
  const std::string elsewhere = sign_in();
  EXPECT_EQ(ask(Verb::post, "/api/v1/me/password", {{"old", "wrong"}, {"new", "a new long password"}}, 403)["error"]["field"], "old");
  ask(Verb::post, "/api/v1/me/password", {{"old", "word"}, {"new", "a new long password"}}, 204);
  EXPECT_EQ(call(Verb::get, "/api/v1/me", {}, cookie_).status, 200u);
  EXPECT_EQ(call(Verb::get, "/api/v1/me", {}, elsewhere).status, 401u);
  EXPECT_EQ(call(Verb::post, "/api/v1/login", R"({"user":"mara","password":"a new long password"})").status, 200u);
}

TEST_F(Endpoints, TokensEndWhenTheyShallAndWhenRevoked) {
  const auto made = ask(Verb::post, "/api/v1/tokens", {{"name", "ci"}, {"role", "editor"}, {"expires_at", "2027-01-01T00:00:00Z"}}, 201);
  Request request;
  request.path = "/api/v1/me";
  request.authorization = "Bearer " + made["token"].get<std::string>();
  const auto me = [&] { return serve_api(context_, **find_endpoint(Verb::get, request.path), request); };
  EXPECT_EQ(nlohmann::json::parse(me().body)["role"], "editor");
  EXPECT_EQ(nlohmann::json::parse(me().body)["expires_at"], "2027-01-01T00:00:00.000000Z");
  EXPECT_FALSE(ask(Verb::get, "/api/v1/tokens")["rows"][0].contains("token")) << "shown once";
  const auto before = now_us_;
  now_us_ = *stores_.control->tokens(org_)->front().expires_at_us;
  EXPECT_EQ(me().status, 401u);
  now_us_ = before;
  ask(Verb::del, "/api/v1/tokens/" + made["id"].dump(), nullptr, 204);
  EXPECT_EQ(me().status, 401u);
}

TEST_F(Endpoints, SettingsAreSetAndTakenBack) {
  ask(Verb::put, "/api/v1/settings/credentials/openai", {{"reference", "env:THERE"}}, 204);
  ask(Verb::put, "/api/v1/settings/credentials/azure", {{"reference", "file:/run/secrets/azure"}}, 204);
  ask(Verb::put, "/api/v1/settings/base_urls/azure", {{"base_url", "https://halden.openai.azure.com"}}, 204);
  ask(Verb::put, "/api/v1/settings/prices", {{"provider", "openai"}, {"model", "GPT-X"}, {"input", "0.15"}, {"output", "0.6"}, {"cached", nullptr}},
      204);
  ask(Verb::patch, "/api/v1/org", {{"retention", {{"row_days", 30}}}, {"exact_stream_usage", true}});
  const auto settings = ask(Verb::get, "/api/v1/settings");
  EXPECT_EQ(settings["credentials"].dump(), R"([{"found":false,"provider":"azure","reference":"file:/run/secrets/azure"},)"
                                            R"({"found":true,"provider":"openai","reference":"env:THERE"}])");
  EXPECT_EQ(settings["base_urls"][0]["base_url"], "https://halden.openai.azure.com");
  EXPECT_EQ(settings["price_overrides"][0].dump(),
            R"({"cache_write":null,"cached":null,"input":"0.15","model":"gpt-x","output":"0.6","provider":"openai"})");
  EXPECT_EQ(settings["retention"].dump(), R"({"rollup_days":400,"row_days":30})");
  EXPECT_EQ(settings["exact_stream_usage"], true);
  EXPECT_EQ(changes_, 5);
  ask(Verb::del, "/api/v1/settings/credentials/openai", nullptr, 204);
  ask(Verb::del, "/api/v1/settings/credentials/openai", nullptr, 404);
  ask(Verb::del, "/api/v1/settings/base_urls/azure", nullptr, 204);
  ask(Verb::del, "/api/v1/settings/prices?provider=openai&model=gpt-x", nullptr, 204);
  EXPECT_TRUE(ask(Verb::get, "/api/v1/settings")["price_overrides"].empty());
}

TEST_F(Endpoints, WhatLooksLikeACredentialIsNoReference) {
  for (const char* text : {"sk-proj-abcdef", "env:", "env:sk-ant-x", "env:1A", "file:relative", "env:LECTR_DATABASE_URL", "ENV:A"}) {
    const auto error = ask(Verb::put, "/api/v1/settings/credentials/openai", {{"reference", text}}, 400)["error"];
    EXPECT_EQ(error["field"], "reference") << text;
    EXPECT_EQ(error.dump().find("sk-"), std::string::npos) << "not echoed";
  }
  EXPECT_EQ(ask(Verb::put, "/api/v1/settings/credentials/nobody", {{"reference", "env:A"}}, 400)["error"]["field"], "provider");
  EXPECT_EQ(ask(Verb::put, "/api/v1/settings/base_urls/azure", {{"base_url", "ftp://x"}}, 400)["error"]["field"], "base_url");
  EXPECT_EQ(ask(Verb::put, "/api/v1/settings/prices", {{"provider", "openai"}, {"model", "x"}, {"input", "0.0000000001"}, {"output", "1"}},
                400)["error"]["field"],
            "input");
  EXPECT_EQ(ask(Verb::put, "/api/v1/settings/prices", {{"provider", "openai"}, {"model", "x"}, {"input", 1}, {"output", "1"}}, 400)["error"]["field"],
            "input");
}

TEST_F(Endpoints, ProvidersSayWhereTheyAre) {
  ask(Verb::put, "/api/v1/settings/base_urls/azure", {{"base_url", "https://halden.openai.azure.com"}}, 204);
  const auto rows = ask(Verb::get, "/api/v1/providers?window=1h")["rows"];
  EXPECT_EQ(rows[0]["base_url_source"], "builtin");
  EXPECT_EQ(rows[1]["base_url_source"], "org");
  EXPECT_EQ(rows[1]["needs_base"], true);
  EXPECT_EQ(rows[1]["health"]["state"], "idle");
  EXPECT_EQ(rows[1]["metrics"]["requests"], 0);
  EXPECT_TRUE(rows[1]["metrics"]["error_rate"].is_null());
}

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

TEST_F(Numbers, OverviewAddsUpAndCompares) {
  const auto body = ask(Verb::get, "/api/v1/overview?window=1h&compare=true");
  EXPECT_EQ(body["requests"], 10);
  EXPECT_EQ(body["totals"]["requests"], 10);
  EXPECT_EQ(body["totals"]["cost"], "0.1");
  EXPECT_EQ(body["totals"]["error_rate"], 0.1);
  EXPECT_EQ(body["previous"]["requests"], 0);
  EXPECT_EQ(body["step_s"], 60);
  EXPECT_EQ(body["providers"][0]["provider"], "openai");
  EXPECT_EQ(body["providers"][0]["share"], 0.7);
  int sum = 0;
  for (const int n : body["providers"][0]["spark"]) sum += n;
  EXPECT_EQ(sum, 7);
  EXPECT_TRUE(ask(Verb::get, "/api/v1/overview?window=1h")["previous"].is_null());
  EXPECT_EQ(ask(Verb::get, "/api/v1/overview?window=1h&provider=groq")["requests"], 3);
}

TEST_F(Numbers, SeriesNameTheTopAndMergeTheRest) {
  const auto body = ask(Verb::get, "/api/v1/timeseries?window=1h&metric=requests,cost,latency_p95&by=model&top=2");
  const auto &requests = body["metrics"]["requests"], &cost = body["metrics"]["cost"];
  ASSERT_EQ(requests["series"].size(), 2u);
  EXPECT_EQ(requests["series"][0]["total"], 2);
  EXPECT_EQ(requests["other"]["total"], 6);
  EXPECT_EQ(requests["all"]["total"], 10);
  EXPECT_EQ(requests["all"]["values"].size(), body["times"].size());
  EXPECT_EQ(cost["all"]["total"], "0.1");
  EXPECT_EQ(cost["unit"], "usd");
  EXPECT_TRUE(body["metrics"]["latency_p95"]["all"]["values"][0].is_null()) << "no request, no latency";
  EXPECT_EQ(cost["all"]["values"][0], "0");
  const auto one = ask(Verb::get, "/api/v1/timeseries?window=1h&metric=errors&by=status_class");
  EXPECT_EQ(one["metric"], "errors");
  EXPECT_EQ(one["series"][0]["label"], "5xx") << "by what the metric says";
}

TEST_F(Numbers, CostsAreSharedOut) {
  const auto body = ask(Verb::get, "/api/v1/costs?window=1h&by=feature&compare=true");
  EXPECT_EQ(body["rows"][0]["name"], "chat");
  EXPECT_EQ(body["rows"][0]["share"], 0.7);
  EXPECT_EQ(body["rows"][0]["previous_cost"], "0");
  EXPECT_EQ(body["untagged"].dump(), R"({"cost":"0.03","requests":3,"share":0.3})");
  EXPECT_EQ(ask(Verb::get, "/api/v1/costs?by=status_class", nullptr, 400)["error"]["field"], "by");
}

TEST_F(Numbers, DimensionsListWhatThereIs) {
  const auto body = ask(Verb::get, "/api/v1/dimensions?window=1h");
  EXPECT_EQ(body["providers"].dump(), R"(["openai","groq"])");
  EXPECT_EQ(body["features"].dump(), R"(["chat","untagged"])") << "nothing of the other org";
  EXPECT_EQ(body["keys"][0]["id"], 1);
}

TEST_F(Numbers, KeysSayWhenTheyWereUsed) {
  const KeyId used = *stores_.control->add_key({.org = org_, .name = "used"}), idle = *stores_.control->add_key({.org = org_, .name = "idle"});
  Event e = row(20, org_, "openai", "chat");
  e.key_id = used;
  ASSERT_TRUE(stores_.events->append(std::vector{e}));
  const auto rows = ask(Verb::get, "/api/v1/keys")["rows"];
  EXPECT_EQ(rows[0]["requests_24h"], 1);
  EXPECT_EQ(rows[0]["last_used_at"].get<std::string>().substr(0, 16), to_rfc3339(e.completed_at_us).substr(0, 16));
  EXPECT_EQ(rows[1]["requests_24h"], 0);
  EXPECT_TRUE(rows[1]["last_used_at"].is_null());
  EXPECT_NE(used, idle);
}

TEST_F(Numbers, ARequestHasItsTimeline) {
  const auto body = ask(Verb::get, "/api/v1/requests/00000000-0000-0000-0000-00000000000a");
  EXPECT_EQ(body["timeline"].size(), 1u);
  EXPECT_EQ(body["timeline"][0]["outcome"], "capacity");
  EXPECT_EQ(body["timeline"][0]["end_us"], 10'000);
  ask(Verb::get, "/api/v1/requests/00000000-0000-0000-0000-00000000000b", nullptr, 404);
}

TEST_F(Numbers, CsvHoldsTheSame) {
  cookie_ = sign_in();
  const Reply reply = call(Verb::get, "/api/v1/requests.csv", {}, cookie_);
  ASSERT_TRUE(reply.chunks);
  std::string text;
  for (;;) {
    const auto piece = reply.chunks->next();
    ASSERT_TRUE(piece);
    if (piece->empty()) break;
    text += *piece;
  }
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 11);
  EXPECT_EQ(text.find("secret"), text.npos);
  EXPECT_EQ(context_.exports, 1);
  const Reply costs = call(Verb::get, "/api/v1/costs.csv?window=1h", {}, cookie_);
  EXPECT_TRUE(costs.body.starts_with("name,label,metrics_requests,")) << costs.body;
  EXPECT_NE(costs.body.find("\r\nchat,chat,7,"), costs.body.npos) << costs.body;
}

TEST_F(Endpoints, TheControlStateIsOneDocumentOfVersions) {
  auto state = ask(Verb::get, "/api/v1/control");
  EXPECT_EQ(state["version"], 0);
  EXPECT_EQ(state["document"], nlohmann::json::object());
  const nlohmann::json first = {{"rules", {{{"name", "cheap"}, {"when", {{"feature", "chat"}}}, {"split", {{{"provider", "groq"}}}}}}}};
  state = ask(Verb::put, "/api/v1/control", {{"base_version", 0}, {"document", first}, {"note", "try groq"}});
  EXPECT_EQ(state["version"], 1);
  EXPECT_EQ(state["changed_by"], "mara");
  EXPECT_EQ(state["via"], "dashboard");
  EXPECT_EQ(state["document"], first);
  EXPECT_EQ(changes_, 1);
  EXPECT_EQ(ask(Verb::put, "/api/v1/control", {{"base_version", 1}, {"document", first}})["version"], 1) << "nothing changed, no version";
  const auto late = ask(Verb::put, "/api/v1/control", {{"base_version", 0}, {"document", nlohmann::json::object()}}, 409);
  EXPECT_EQ(late["error"]["code"], "version_moved");
  EXPECT_NE(late["error"]["message"].get<std::string>().find("version 1 by mara"), std::string::npos);
  ask(Verb::put, "/api/v1/control", {{"base_version", 1}, {"document", nlohmann::json::object()}});
  const auto versions = ask(Verb::get, "/api/v1/control/versions")["rows"];
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_EQ(versions[0]["summary"], nlohmann::json::parse(R"(["rule 'cheap' removed"])"));
  EXPECT_EQ(versions[1]["note"], "try groq");
  EXPECT_EQ(ask(Verb::get, "/api/v1/control/versions/1")["document"], first);
  ask(Verb::get, "/api/v1/control/versions/3", nullptr, 404);
}

TEST_F(Endpoints, AWrongControlDocumentChangesNothingAndNamesEveryProblem) {
  const auto wrong = nlohmann::json::parse(R"({"rules":[{"name":"a","split":[{"provider":"nobody"}]}],"limits":[{"name":"b","limit":1,"key":"x"}]})");
  const auto refused = ask(Verb::put, "/api/v1/control", {{"base_version", 0}, {"document", wrong}}, 400);
  EXPECT_EQ(refused["error"]["code"], "invalid_document");
  EXPECT_EQ(refused["error"]["field"], "rules[0].split[0].provider");
  EXPECT_EQ(refused["problems"].size(), 2u);
  EXPECT_EQ(ask(Verb::post, "/api/v1/control/check", {{"document", wrong}})["problems"], refused["problems"]);
  EXPECT_EQ(ask(Verb::get, "/api/v1/control")["version"], 0);
  EXPECT_EQ(changes_, 0);
  const auto check =
      ask(Verb::post, "/api/v1/control/check", {{"document", nlohmann::json::parse(R"({"rules":[{"name":"a","split":[{"provider":"groq"}]}]})")}});
  EXPECT_TRUE(check["problems"].empty());
  EXPECT_EQ(check["warnings"][0]["field"], "rules[0].split[0].provider");
}

TEST_F(Endpoints, InstancesThatLagAreNamed) {
  ask(Verb::put, "/api/v1/control", {{"base_version", 0}, {"document", {{"time_zone", "Asia/Tokyo"}}}});
  ASSERT_TRUE(stores_.control->beat({"here", 1, now_us_, {{org_, 1}}}));
  ASSERT_TRUE(stores_.control->beat({"there", 2, now_us_, {{other_, 1}}}));
  auto rows = ask(Verb::get, "/api/v1/instances")["rows"];
  EXPECT_TRUE(rows[0]["this"].get<bool>() && !rows[1]["lags"].get<bool>()) << "two seconds to hear of it";
  now_us_ += 3 * kSecond;
  rows = ask(Verb::get, "/api/v1/instances")["rows"];
  EXPECT_FALSE(rows[0]["lags"]);
  EXPECT_TRUE(rows[1]["lags"]);
  EXPECT_EQ(rows[1]["version"], 0) << "another org's version is nobody's business";
}

TEST_F(Endpoints, ADryRunSaysWhereARequestWouldGo) {
  const auto draft = nlohmann::json::parse(R"({"rules":[{"name":"try","shadow":true,"split":[{"model":"gpt-4o-mini"}]},
    {"name":"half","when":{"feature":"chat"},"split":[{"provider":"groq","model":"llama-3.3-70b-versatile","weight":3},{"model":"gpt-4o-mini"}],
     "fallback":[{"provider":"azure"}]}]})");
  const auto ran = ask(Verb::post, "/api/v1/control/dry_run", {{"document", draft}, {"request", {{"feature", "chat"}, {"model", "gpt-4o"}}}});
  EXPECT_EQ(ran["rule"], "half");
  EXPECT_EQ(ran["shadow"][0], "try");
  EXPECT_EQ(ran["provider"], "openai");
  ASSERT_EQ(ran["targets"].size(), 3u);
  EXPECT_EQ(ran["targets"][0]["share"], 0.75);
  EXPECT_EQ(ran["targets"][0]["reason"], "no_credential");
  EXPECT_EQ(ran["targets"][1]["provider"], "openai");
  EXPECT_TRUE(ran["targets"][1]["usable"]);
  EXPECT_EQ(ran["targets"][2]["reason"], "no_base_url");
  const auto none = ask(Verb::post, "/api/v1/control/dry_run", {{"request", {{"model", "gpt-4o"}}}});
  EXPECT_TRUE(none["rule"].is_null());
  EXPECT_EQ(none["targets"][0]["model"], "gpt-4o");
  EXPECT_EQ(ask(Verb::post, "/api/v1/control/dry_run", {{"request", {{"provider", "nobody"}}}}, 400)["error"]["field"], "request.provider");
  EXPECT_EQ(ask(Verb::post, "/api/v1/control/dry_run", {{"request", {{"colour", "red"}}}}, 400)["error"]["field"], "request.colour");
}

TEST_F(Endpoints, AReplaySaysWhatADraftWouldHaveMeant) {
  std::vector<Event> rows;
  for (int i = 0; i < 100; ++i) {
    Event e;
    e.id.bytes[15] = static_cast<std::uint8_t>(i), e.id.bytes[8] = static_cast<std::uint8_t>(i * 37);
    e.org_id = i == 99 ? other_ : org_, e.completed_at_us = kStart - kSecond * (i + 1);
    e.provider = "openai", e.method = "POST", e.endpoint = "/v1/chat/completions", e.model_requested = e.model_actual = "gpt-4o";
    e.feature = i % 2 == 0 ? "chat" : "search", e.latency_us = 1'000'000, e.tokens_input = 1'000, e.tokens_output = 100;
    e.cost = Money{3'500'000'000'000};
    rows.push_back(e);
  }
  ASSERT_TRUE(stores_.events->append(rows));
  const auto draft = nlohmann::json::parse(R"({"rules":[{"name":"small","when":{"feature":"chat"},"split":[{"model":"gpt-4o-mini"}]}]})");
  const auto ran = ask(Verb::post, "/api/v1/control/replay", {{"document", draft}, {"window", "1h"}});
  EXPECT_EQ(ran["requests"], 99);
  EXPECT_EQ(ran["rerouted"], 50);
  EXPECT_EQ(ran["rules"][0]["requests"], 50);
  EXPECT_EQ(ran["cost_before"], "0.3465");
  EXPECT_LT(std::stod(ran["cost_after"].get<std::string>()), 0.19);
  EXPECT_EQ(ran["cost_unknown"], 0);
  EXPECT_TRUE(ran["complete"]);
  EXPECT_TRUE(ran["latency_p95_after_ms"].is_null()) << "nothing went to that model before";
  EXPECT_EQ(ask(Verb::post, "/api/v1/control/replay", {{"window", "1 hour"}}, 400)["error"]["field"], "window");
}

TEST_F(Numbers, CsvInAnotherOrderEndsAtTenThousandRowsAndSaysSo) {
  std::vector<Event> rows;
  for (int n = 0; n < 10'001; ++n) {
    Event e = row(0, org_, "openai", "chat");
    e.id.bytes[0] = 1, e.id.bytes[1] = static_cast<std::uint8_t>(n >> 8), e.id.bytes[2] = static_cast<std::uint8_t>(n);
    e.latency_us = 1'000'000 + n;
    rows.push_back(e);
  }
  ASSERT_TRUE(stores_.events->append(rows));
  cookie_ = sign_in();
  const auto lines_of = [&](const char* target) {
    const Reply reply = call(Verb::get, target, {}, cookie_);
    std::vector<std::string> lines(1);
    for (auto piece = reply.chunks->next(); piece && !piece->empty(); piece = reply.chunks->next())
      for (const char c : *piece) {
        if (c == '\n')
          lines.emplace_back();
        else
          lines.back().push_back(c);
      }
    lines.pop_back();
    return lines;
  };
  const auto slowest = lines_of("/api/v1/requests.csv?sort=latency");
  ASSERT_EQ(slowest.size(), 10'002u) << "head, rows, and that there are more";
  EXPECT_TRUE(slowest.back().starts_with("cut after 10000 rows"));
  EXPECT_NE(slowest[1].find("1010"), std::string::npos) << "the slowest first: " << slowest[1];
  EXPECT_EQ(lines_of("/api/v1/requests.csv").size(), 10'012u) << "by time all are sent";
}

}  // namespace
}  // namespace lectr::api
