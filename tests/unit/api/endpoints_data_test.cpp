// What the API shows: sums and rows, and the control state.
#include "endpoints_fixture.hpp"

namespace lectr::api {
namespace {

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

TEST_F(Endpoints, APlanSaysWhatADocumentWouldChangeAndChangesNothing) {
  const auto first = nlohmann::json::parse(R"({"limits":[{"name":"l","kind":"requests","limit":5,"shadow":false}]})");
  auto plan = ask(Verb::post, "/api/v1/control/plan", {{"document", first}});
  EXPECT_EQ(plan["base_version"], 0);
  ASSERT_EQ(plan["changes"].size(), 1u);
  EXPECT_EQ(plan["changes"][0]["what"], "limit");
  EXPECT_EQ(plan["changes"][0]["action"], "added");
  EXPECT_EQ(plan["document"], nlohmann::json::parse(R"({"limits":[{"name":"l","kind":"requests","limit":5}]})")) << "defaults are left out";
  EXPECT_EQ(ask(Verb::get, "/api/v1/control")["version"], 0);
  ask(Verb::put, "/api/v1/control", {{"base_version", 0}, {"document", first}});
  plan = ask(Verb::post, "/api/v1/control/plan", {{"document", first}});
  EXPECT_EQ(plan["base_version"], 1);
  EXPECT_TRUE(plan["changes"].empty());
  plan = ask(Verb::post, "/api/v1/control/plan", {{"document", {{"limits", {{{"name", "l"}}}}, {"x", 1}}}});
  EXPECT_EQ(plan["problems"].size(), 2u);
  EXPECT_TRUE(plan["changes"].empty());
  EXPECT_TRUE(plan["document"].is_null());
  ask(Verb::post, "/api/v1/control/plan", nlohmann::json::object(), 400);
}

TEST_F(Endpoints, TwoVersionsAreComparedAndZeroIsTheEmptyState) {
  for (int limit = 1; limit <= 2; ++limit)
    ask(Verb::put, "/api/v1/control", {{"base_version", limit - 1}, {"document", {{"limits", {{{"name", "l"}, {"limit", limit}}}}}}});
  auto diff = ask(Verb::get, "/api/v1/control/diff?from=1&to=2");
  EXPECT_EQ(diff["changes"],
            nlohmann::json::parse(R"([{"what":"limit","name":"l","action":"changed","fields":[{"field":"limit","before":1,"after":2}]}])"));
  EXPECT_EQ(diff["before"]["limits"][0]["limit"], 1);
  EXPECT_EQ(diff["after"]["limits"][0]["limit"], 2);
  diff = ask(Verb::get, "/api/v1/control/diff?from=2&to=0");
  EXPECT_EQ(diff["changes"][0]["action"], "removed");
  EXPECT_EQ(diff["after"], nlohmann::json::object());
  ask(Verb::get, "/api/v1/control/diff?from=1&to=3", nullptr, 404);
  EXPECT_EQ(ask(Verb::get, "/api/v1/control/diff?from=1", nullptr, 400)["error"]["field"], "to");
  EXPECT_EQ(ask(Verb::get, "/api/v1/control/diff?from=-1&to=1", nullptr, 400)["error"]["field"], "from");
}

TEST_F(Endpoints, OnlyATokensCallerMaySayThatAChangeCameThroughTheCommandLine) {
  const nlohmann::json change = {{"base_version", 0}, {"document", {{"time_zone", "Asia/Tokyo"}}}, {"via", "cli"}};
  EXPECT_EQ(ask(Verb::put, "/api/v1/control", change, 400)["error"]["field"], "via");
  const std::string token = ask(Verb::post, "/api/v1/tokens", {{"name", "ci"}, {"role", "editor"}}, 201)["token"];
  const auto as_token = [&](const nlohmann::json& body) {
    Request request{
        .verb = Verb::put, .path = "/api/v1/control", .body = body.dump(), .authorization = "Bearer " + token, .content_type = "application/json"};
    return serve_api(context_, **find_endpoint(Verb::put, request.path), request);
  };
  EXPECT_EQ(as_token({{"base_version", 0}, {"document", nlohmann::json::object()}, {"via", "dashboard"}}).status, 400u);
  EXPECT_EQ(nlohmann::json::parse(as_token(change).body)["via"], "cli");
  EXPECT_EQ(nlohmann::json::parse(as_token({{"base_version", 1}, {"document", nlohmann::json::object()}}).body)["via"], "api");
}

TEST_F(Endpoints, AWrongControlDocumentChangesNothingAndNamesEveryProblem) {
  const auto wrong =
      nlohmann::json::parse(R"({"rules":[{"name":"a","split":[{"provider":"nobody"}]}],"limits":[{"name":"b","limit":1,"key":"x*"}]})");
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

TEST_F(Endpoints, ALimitOfAKeyThatTheOrgHasNotIsToldAndNotRefused) {
  const auto made = [&](OrgId org, const char* name, std::optional<std::int64_t> expires_at_us = {}) {
    return stores_.control->add_key({.org = org, .name = name, .digest = digest_of(name), .created_at_us = 1, .expires_at_us = expires_at_us})
        .value();
  };
  const KeyId web = made(org_, "web"), over = made(org_, "over", now_us_);
  made(other_, "of another org");
  nlohmann::json limits = nlohmann::json::array();
  for (const std::string& key : {std::string{"web"}, std::to_string(web), std::string{"*"}, std::string{"over"}, std::to_string(over),
                                 std::string{"of another org"}, std::string{"later"}})
    limits.push_back({{"name", key}, {"limit", 1}, {"key", key}});
  const auto check = ask(Verb::post, "/api/v1/control/check", {{"document", {{"limits", limits}}}});
  EXPECT_TRUE(check["problems"].empty());
  std::vector<std::string> told;
  for (const auto& warning : check["warnings"]) told.push_back(warning["field"]);
  EXPECT_EQ(told, (std::vector<std::string>{"limits[3].key", "limits[4].key", "limits[5].key", "limits[6].key"}));
  EXPECT_EQ(ask(Verb::put, "/api/v1/control", {{"base_version", 0}, {"document", {{"limits", limits}}}})["version"], 1);
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
