// Who may do what: login, roles, keys, members, tokens, settings.
#include "endpoints_fixture.hpp"

namespace lectr::api {
namespace {

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
    const bool asks = endpoint.path == "/control/check" || endpoint.path == "/control/plan" || endpoint.path == "/control/dry_run" ||
                      endpoint.path == "/control/replay" ||
                      endpoint.path == "/recommendations/{id}/draft";  // a POST, because a document is too long for a query
    const bool writes = endpoint.verb != Verb::get && !own_session && !asks;
    const bool edits = endpoint.path.starts_with("/keys") || endpoint.path == "/control" || endpoint.path.starts_with("/anomalies/") ||
                       endpoint.path.starts_with("/recommendations/") || endpoint.path == "/alerts/test" || endpoint.path == "/alerts/{id}/retry";
    EXPECT_EQ(endpoint.access == Access::editor, writes && edits) << endpoint.path;
    EXPECT_EQ(endpoint.access == Access::admin, writes && !edits) << endpoint.path;
    EXPECT_EQ(endpoint.access == Access::anyone, endpoint.path == "/login" || endpoint.path == "/openapi.json" || endpoint.path == "/control/schema")
        << endpoint.path;
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

TEST_F(Endpoints, SettingsAreVersionsOfTheControlState) {
  ask(Verb::put, "/api/v1/settings/credentials/openai", {{"reference", "env:A_API_KEY"}}, 204);
  ask(Verb::patch, "/api/v1/org", {{"retention", {{"row_days", 30}}}});
  const auto state = ask(Verb::get, "/api/v1/control");
  EXPECT_EQ(state["version"], 2);
  EXPECT_EQ(state["document"]["providers"].dump(), R"([{"credential":"env:A_API_KEY","name":"openai"}])");
  EXPECT_EQ(state["document"]["retention"]["row_days"], 30);
  const auto rows = ask(Verb::get, "/api/v1/control/versions")["rows"];
  EXPECT_EQ(rows[0]["note"], "what is kept and counted");
  EXPECT_EQ(rows[1]["note"], "credential of openai");
  const auto kept = nlohmann::json{{"base_version", 2}, {"document", {{"rules", {{{"name", "a"}}}}}}};
  ask(Verb::put, "/api/v1/control", kept);
  EXPECT_TRUE(ask(Verb::get, "/api/v1/settings")["credentials"].empty()) << "the document is all there is";
}

TEST_F(Endpoints, AnEditorChangesRulesAndNotWhereCredentialsGo) {
  ask(Verb::put, "/api/v1/settings/credentials/openai", {{"reference", "env:A_API_KEY"}}, 204);
  auto document = ask(Verb::get, "/api/v1/control")["document"];
  ASSERT_TRUE(stores_.control->add_user({.org = org_, .name = "ben", .role = store::Role::admin}));
  ASSERT_TRUE(stores_.control->set_role(org_, mara_, store::Role::editor));
  document["rules"] = {{{"name", "a"}}};
  ask(Verb::put, "/api/v1/control", {{"base_version", 1}, {"document", document}});
  document["providers"][0]["base_url"] = "http://elsewhere.example";
  EXPECT_EQ(ask(Verb::put, "/api/v1/control", {{"base_version", 2}, {"document", document}}, 403)["error"]["code"], "forbidden");
}

TEST_F(Endpoints, ADocumentThatIsTheOnlyWayLeavesTheDashboardToLook) {
  ask(Verb::put, "/api/v1/control", {{"base_version", 0}, {"document", {{"document_only", true}}}});
  EXPECT_EQ(ask(Verb::put, "/api/v1/control", {{"base_version", 1}, {"document", nlohmann::json::object()}}, 409)["error"]["code"], "document_only");
  EXPECT_EQ(ask(Verb::put, "/api/v1/settings/credentials/openai", {{"reference", "env:A_API_KEY"}}, 409)["error"]["code"], "document_only");
  EXPECT_EQ(ask(Verb::patch, "/api/v1/org", {{"retention", {{"row_days", 3}}}}, 409)["error"]["code"], "document_only");
  EXPECT_EQ(ask(Verb::get, "/api/v1/control")["version"], 1);
}

TEST_F(Endpoints, EditsByHandSinceADocumentWasAppliedAreTold) {
  const auto put = [&](std::int64_t version, const char* via, const char* document) {
    ASSERT_TRUE(
        stores_.control->put_control_state({.org = org_, .created_at_us = now_us_, .actor = "ci", .via = via, .document = document}, version));
  };
  put(0, "dashboard", R"({"rules":[{"name":"a"}]})");
  EXPECT_TRUE(ask(Verb::get, "/api/v1/control")["drift"].is_null()) << "no document was ever applied";
  put(1, "file", R"({"rules":[{"name":"b"}]})");
  EXPECT_TRUE(ask(Verb::get, "/api/v1/control")["drift"].is_null());
  put(2, "dashboard", R"({"rules":[{"name":"c"}]})");
  const auto drift = ask(Verb::get, "/api/v1/control")["drift"];
  EXPECT_EQ(drift["version"], 2);
  EXPECT_EQ(drift["edits"], 1);
  EXPECT_EQ(drift["applied_by"], "ci");
  put(3, "dashboard", R"({"rules":[{"name":"b"}]})");
  EXPECT_TRUE(ask(Verb::get, "/api/v1/control")["drift"].is_null()) << "it is as it was applied";
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

}  // namespace
}  // namespace lectr::api
