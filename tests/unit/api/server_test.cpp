// A real server on a port of its own over stores in memory, asked through a real socket.
#include "lectr/api/server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "lectr/base/clock.hpp"
#include "support/fake_stores.hpp"

namespace lectr::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using nlohmann::json;
using Response = http::response<http::string_body>;
using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kPassword = "correct horse battery";

// One connection; sends what it is told, reads one answer at a time.
class Client {
 public:
  explicit Client(std::uint16_t port) { stream_.connect({asio::ip::make_address("127.0.0.1"), port}); }

  Response ask(http::verb verb, std::string target, const Headers& headers = {}, std::string body = {}) {
    http::request<http::string_body> request{verb, target, 11, std::move(body)};
    request.set(http::field::host, "127.0.0.1");
    for (const auto& [name, value] : headers) request.set(name, value);
    request.prepare_payload();
    http::write(stream_, request);
    return read(verb == http::verb::head);
  }
  void send(std::string_view raw) { asio::write(stream_.socket(), asio::buffer(raw)); }
  Response read(bool head = false) {
    http::response_parser<http::string_body> parser;
    parser.skip(head);
    http::read(stream_, buffer_, parser);
    return parser.release();
  }
  // What came up to and with `text`; what the peer's end cuts short is "".
  std::string read_until(std::string_view text) {
    beast::error_code failed;
    while (seen_.find(text) == seen_.npos) {
      char bytes[4096];
      const auto n = stream_.socket().read_some(asio::buffer(bytes), failed);
      if (failed) return {};
      seen_.append(bytes, n);
    }
    const auto end = seen_.find(text) + text.size();
    std::string out = seen_.substr(0, end);
    seen_.erase(0, end);
    return out;
  }
  bool closed_by_peer() {
    char byte;
    beast::error_code failed;
    stream_.socket().read_some(asio::buffer(&byte, 1), failed);
    return failed == asio::error::eof || failed == asio::error::connection_reset;
  }

 private:
  asio::io_context io_;
  beast::tcp_stream stream_{io_};
  beast::flat_buffer buffer_;
  std::string seen_;
};

Event row(OrgId org, int n, std::string provider = "openai") {
  Event e;
  for (std::size_t i = 0; i < 16; ++i) e.id.bytes[i] = static_cast<std::uint8_t>(n + static_cast<int>(i));
  e.completed_at_us = unix_us() - 60'000'000 + n;
  e.org_id = org;
  e.provider = std::move(provider);
  e.method = "POST";
  e.endpoint = "/v1/chat/completions";
  e.model_requested = "gpt-x";
  e.feature = "chat";
  e.status = 200;
  e.latency_us = 1234;
  e.token_source = TokenSource::measured;
  e.tokens_input = 10;
  e.tokens_output = 20;
  e.tokens_output_low = 18;
  e.tokens_output_high = 22;
  e.cost = Money::parse("0.000043");
  e.cost_low = Money::parse("0.00004");
  e.cost_source = CostSource::price_table;
  return e;
}

class ApiServer : public testing::Test {
 protected:
  void SetUp() override {
    auto events = std::make_unique<fake::Events>(mishap_);
    auto control = std::make_unique<fake::Control>(mishap_);
    ours_ = *control->add_org("halden");
    theirs_ = *control->add_org("other");
    static const std::string hash = hash_password(kPassword);
    for (const auto& [name, role] : {std::pair{"mara", store::Role::admin}, {"vera", store::Role::viewer}})
      (void)control->add_user({.org = ours_, .name = name, .password_hash = hash, .role = role});
    for (const auto& [secret, role] : {std::pair{"lt_admin", store::Role::admin}, {"lt_viewer", store::Role::viewer}})
      (void)control->add_token({.org = ours_, .name = secret, .digest = digest_of(secret), .role = role});
    stores_.events = std::move(events);
    stores_.control = std::move(control);
    stores_.insight = std::make_unique<fake::Insight>(mishap_);
    stores_.alerts = std::make_unique<fake::Alerts>(mishap_);
    server_ = std::make_unique<Server>(
        ServerOptions{{{"127.0.0.1", 0}, {}}, &stores_, [this] { return status_; }, [this] { ++changes_; }, "http://127.0.0.1:8080"});
    server_->start();
  }

  std::uint16_t port() const { return server_->port(); }
  Response get(std::string target, Headers headers = {{"Authorization", "Bearer lt_admin"}}) {
    return Client{port()}.ask(http::verb::get, std::move(target), headers);
  }
  Response post(std::string target, const json& body, Headers headers = {}) {
    headers.emplace_back("Content-Type", "application/json");
    return Client{port()}.ask(http::verb::post, std::move(target), headers, body.dump());
  }
  Response login(std::string user = "mara", std::string password = kPassword) {
    return post("/api/v1/login", {{"user", user}, {"password", password}});
  }
  static std::string cookie_of(const Response& response) {
    const std::string set{response["Set-Cookie"]};
    return set.substr(0, set.find(';'));
  }
  static std::string code_of(const Response& response) { return json::parse(response.body())["error"]["code"]; }

  fake::Mishap mishap_;
  store::Stores stores_;
  Status status_;
  std::atomic<int> changes_{0};
  OrgId ours_ = 0, theirs_ = 0;
  std::unique_ptr<Server> server_;
};

TEST_F(ApiServer, LoginOpensASessionAndLogoutEndsIt) {
  const auto signed_in = login();
  ASSERT_EQ(signed_in.result_int(), 200);
  const std::string set{signed_in["Set-Cookie"]};
  EXPECT_NE(set.find("; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200"), set.npos) << set;
  EXPECT_EQ(json::parse(signed_in.body())["org"]["name"], "halden");
  const Headers cookie{{"Cookie", cookie_of(signed_in)}, {"X-Lectr-Csrf", "1"}};
  const auto me = get("/api/v1/me", cookie);
  ASSERT_EQ(me.result_int(), 200);
  EXPECT_EQ(json::parse(me.body())["user"], "mara");
  EXPECT_EQ(json::parse(me.body())["role"], "admin");
  EXPECT_EQ(post("/api/v1/logout", json::object(), cookie).result_int(), 204);
  EXPECT_EQ(get("/api/v1/me", cookie).result_int(), 401);
}

TEST_F(ApiServer, WrongPasswordAndUnknownUserLookTheSame) {
  const auto wrong = login("mara", "wrong"), unknown = login("nobody", "wrong");
  EXPECT_EQ(wrong.result_int(), 401);
  EXPECT_EQ(unknown.result_int(), 401);
  EXPECT_EQ(wrong.body(), unknown.body());
  EXPECT_EQ(code_of(wrong), "wrong_login");
}

TEST_F(ApiServer, SixthWrongPasswordWaits) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(login("mara", "wrong").result_int(), 401);
  const auto paused = login();
  EXPECT_EQ(paused.result_int(), 429);
  EXPECT_EQ(paused["Retry-After"], "30");
}

struct RefusalCase {
  const char* name;
  http::verb verb;
  const char* target;
  Headers headers;
  const char* body;
  int status;
  const char *code, *field;
};
class Refusals : public ApiServer, public testing::WithParamInterface<RefusalCase> {};
TEST_P(Refusals, SayWhy) {
  const auto& c = GetParam();
  const auto response = Client{port()}.ask(c.verb, c.target, c.headers, c.body);
  EXPECT_EQ(response.result_int(), static_cast<unsigned>(c.status));
  EXPECT_EQ(code_of(response), c.code);
  const auto error = json::parse(response.body())["error"];
  EXPECT_EQ(error["field"].is_null() ? "" : error["field"].get<std::string>(), c.field);
  EXPECT_TRUE(error["message"].is_string());
}
const Headers kAdmin{{"Authorization", "Bearer lt_admin"}, {"Content-Type", "application/json"}};
const Headers kViewer{{"Authorization", "Bearer lt_viewer"}, {"Content-Type", "application/json"}};
INSTANTIATE_TEST_SUITE_P(
    Cases, Refusals,
    testing::Values(
        RefusalCase{"nobody", http::verb::get, "/api/v1/requests", {}, "", 401, "unauthenticated", ""},
        RefusalCase{"unknown_token", http::verb::get, "/api/v1/requests", {{"Authorization", "Bearer lt_wrong"}}, "", 401, "unauthenticated", ""},
        RefusalCase{
            "org_key_is_no_token", http::verb::get, "/api/v1/requests", {{"Authorization", "Bearer lc_key_x"}}, "", 401, "unauthenticated", ""},
        RefusalCase{"basic_auth", http::verb::get, "/api/v1/requests", {{"Authorization", "Basic bWFyYTp4"}}, "", 401, "unauthenticated", ""},
        RefusalCase{"unknown_cookie", http::verb::get, "/api/v1/requests", {{"Cookie", "lectr_session=ls_x"}}, "", 401, "unauthenticated", ""},
        RefusalCase{"unknown_path", http::verb::get, "/api/v1/nothing", kAdmin, "", 404, "not_found", ""},
        RefusalCase{"deeper_path", http::verb::get, "/api/v1/requests/a/b", kAdmin, "", 404, "not_found", ""},
        RefusalCase{"outside_v1", http::verb::get, "/api/me", kAdmin, "", 404, "not_found", ""},
        RefusalCase{"wrong_method", http::verb::delete_, "/api/v1/requests", kAdmin, "", 405, "method_not_allowed", ""},
        RefusalCase{"strange_method", http::verb::patch, "/api/v1/keys", kAdmin, "", 405, "method_not_allowed", ""},
        RefusalCase{"unknown_parameter", http::verb::get, "/api/v1/requests?order=asc", kAdmin, "", 400, "unknown_parameter", "order"},
        RefusalCase{"parameter_where_none_is", http::verb::get, "/api/v1/me?x=1", kAdmin, "", 400, "unknown_parameter", "x"},
        RefusalCase{"bad_id", http::verb::get, "/api/v1/requests/17", kAdmin, "", 400, "invalid_parameter", "id"},
        RefusalCase{"missing_row", http::verb::get, "/api/v1/requests/00000000-0000-7000-8000-000000000000", kAdmin, "", 404, "not_found", ""},
        RefusalCase{"viewer_makes_no_key", http::verb::post, "/api/v1/keys", kViewer, R"({"name":"a"})", 403, "forbidden", ""},
        RefusalCase{"viewer_revokes_no_key", http::verb::delete_, "/api/v1/keys/1", kViewer, "", 403, "forbidden", ""},
        RefusalCase{"key_without_name", http::verb::post, "/api/v1/keys", kAdmin, "{}", 400, "invalid_field", "name"},
        RefusalCase{"key_with_unknown_field", http::verb::post, "/api/v1/keys", kAdmin, R"({"name":"a","org":2})", 400, "unknown_field", "org"},
        RefusalCase{"key_already_over", http::verb::post, "/api/v1/keys", kAdmin, R"({"name":"a","expires_at":"2020-01-01T00:00:00Z"})", 400,
                    "invalid_field", "expires_at"},
        RefusalCase{"key_with_control_characters", http::verb::post, "/api/v1/keys", kAdmin, R"({"name":"a\u0000b"})", 400, "invalid_field", "name"},
        RefusalCase{"no_json", http::verb::post, "/api/v1/keys", kAdmin, "name=a", 400, "invalid_body", ""},
        RefusalCase{"form",
                    http::verb::post,
                    "/api/v1/login",
                    {{"Content-Type", "text/plain"}},
                    R"({"user":"mara","password":"x"})",
                    415,
                    "invalid_body",
                    ""},
        RefusalCase{"foreign_login",
                    http::verb::post,
                    "/api/v1/login",
                    {{"Content-Type", "application/json"}, {"Sec-Fetch-Site", "cross-site"}},
                    "{}",
                    403,
                    "cross_site",
                    ""},
        RefusalCase{"login_without_password",
                    http::verb::post,
                    "/api/v1/login",
                    {{"Content-Type", "application/json"}},
                    R"({"user":"mara"})",
                    400,
                    "invalid_field",
                    "password"},
        RefusalCase{"revoke_unknown_key", http::verb::delete_, "/api/v1/keys/99", kAdmin, "", 404, "not_found", ""},
        RefusalCase{"revoke_no_number", http::verb::delete_, "/api/v1/keys/abc", kAdmin, "", 400, "invalid_parameter", "id"},
        RefusalCase{"post_to_a_page", http::verb::post, "/requests", kAdmin, "", 405, "method_not_allowed", ""},
        RefusalCase{"no_page", http::verb::get, "/metrics", {}, "", 404, "not_found", ""},
        RefusalCase{"missing_asset", http::verb::get, "/assets/nothing.js", {}, "", 404, "not_found", ""}),
    [](const auto& c) { return std::string{c.param.name}; });

TEST_F(ApiServer, CookieAloneChangesNothing) {
  const auto cookie = cookie_of(login());
  const auto refused = post("/api/v1/keys", {{"name", "web"}}, {{"Cookie", cookie}});
  EXPECT_EQ(refused.result_int(), 403);
  EXPECT_EQ(code_of(refused), "cross_site");
  EXPECT_EQ(stores_.control->keys(ours_)->size(), 0u);
  EXPECT_EQ(post("/api/v1/keys", {{"name", "web"}}, {{"Cookie", cookie}, {"X-Lectr-Csrf", "1"}}).result_int(), 201);
}

TEST_F(ApiServer, KeyIsShownOnceAndStoredHashed) {
  const auto made = post("/api/v1/keys", {{"name", "web"}, {"expires_at", nullptr}}, kAdmin);
  ASSERT_EQ(made.result_int(), 201);
  const auto answer = json::parse(made.body());
  const std::string secret = answer["key"];
  EXPECT_TRUE(secret.starts_with("lc_key_"));
  EXPECT_EQ(stores_.control->keys(ours_)->front().digest, digest_of(secret));
  EXPECT_EQ(changes_, 1);
  const auto list = get("/api/v1/keys");
  EXPECT_EQ(list.body().find(secret), std::string::npos);
  EXPECT_EQ(json::parse(list.body())["rows"][0]["hint"], "lc_key_…" + secret.substr(secret.size() - 4));
  const auto gone = Client{port()}.ask(http::verb::delete_, "/api/v1/keys/" + std::to_string(answer["id"].get<int>()), kAdmin);
  EXPECT_EQ(gone.result_int(), 204);
  EXPECT_EQ(changes_, 2);
  EXPECT_TRUE(json::parse(get("/api/v1/keys").body())["rows"][0]["revoked_at"].is_string());
}

TEST_F(ApiServer, RequestsArePagedNewestFirstForTheOwnOrgOnly) {
  std::vector<Event> rows;
  for (int n = 1; n <= 5; ++n) rows.push_back(row(ours_, n));
  rows.push_back(row(theirs_, 9));
  ASSERT_TRUE(stores_.events->append(rows));
  std::vector<std::string> ids;
  std::string cursor;
  for (int page = 0; page < 3; ++page) {
    const auto body = json::parse(get("/api/v1/requests?limit=2" + cursor).body());
    for (const auto& r : body["rows"]) ids.push_back(r["id"]);
    if (body["next"].is_null()) break;
    cursor = "&cursor=" + body["next"].get<std::string>();
  }
  ASSERT_EQ(ids.size(), 5u);
  EXPECT_EQ(ids.front(), rows[4].id.to_text());
  EXPECT_EQ(ids.back(), rows[0].id.to_text());
  EXPECT_EQ(get("/api/v1/requests/" + rows[5].id.to_text()).result_int(), 404);
}

TEST_F(ApiServer, RowsSayHowTheirNumbersWereComeBy) {
  const auto event = row(ours_, 1);
  ASSERT_TRUE(stores_.events->append(std::vector{event}));
  const auto body = json::parse(get("/api/v1/requests/" + event.id.to_text()).body());
  EXPECT_EQ(body["token_source"], "measured");
  EXPECT_EQ(body["tokens_output_low"], 18);
  EXPECT_EQ(body["cost"], "0.000043");
  EXPECT_EQ(body["cost_low"], "0.00004");
  EXPECT_TRUE(body["cost_high"].is_null());
  EXPECT_EQ(body["cost_source"], "price_table");
  EXPECT_TRUE(body["tokens_cached"].is_null());
  EXPECT_TRUE(body["ttfb_us"].is_null());
  EXPECT_TRUE(body["verdict"].is_null());
  EXPECT_EQ(body["completed_at"].get<std::string>().size(), std::string{"2026-11-19T14:29:31.418209Z"}.size());
}

TEST_F(ApiServer, TagsThatAreNoUtf8DoNotBreakTheList) {
  auto event = row(ours_, 1);
  event.feature = "caf\xe9";
  ASSERT_TRUE(stores_.events->append(std::vector{event}));
  const auto response = get("/api/v1/requests");
  ASSERT_EQ(response.result_int(), 200);
  EXPECT_EQ(json::parse(response.body())["rows"][0]["feature"], "caf\xef\xbf\xbd");
}

TEST_F(ApiServer, OverviewSumsExactly) {
  std::vector<Event> rows;
  for (int n = 1; n <= 3; ++n) rows.push_back(row(ours_, n));
  rows[2].cost.reset();
  rows[2].cost_source = CostSource::unknown_model;
  ASSERT_TRUE(stores_.events->append(rows));
  const auto body = json::parse(get("/api/v1/overview?window=1h").body());
  EXPECT_EQ(body["requests"], 3);
  EXPECT_EQ(body["cost"], "0.000086");
  EXPECT_EQ(body["cost_estimated"], true);
  EXPECT_EQ(body["cost_unknown_requests"], 1);
  EXPECT_EQ(body["providers"][0]["provider"], "openai");
}

TEST_F(ApiServer, CsvIsSentInChunksAndTheConnectionGoesOn) {
  std::vector<Event> rows;
  for (int n = 1; n <= 2500; ++n) {
    rows.push_back(row(ours_, n));
    rows.back().id.bytes[0] = static_cast<std::uint8_t>(n >> 8);
    rows.back().id.bytes[1] = static_cast<std::uint8_t>(n);
  }
  ASSERT_TRUE(stores_.events->append(rows));
  Client client{port()};
  const auto csv = client.ask(http::verb::get, "/api/v1/requests.csv", {{"Authorization", "Bearer lt_admin"}});
  EXPECT_EQ(csv.result_int(), 200);
  EXPECT_TRUE(csv.chunked());
  EXPECT_EQ(std::count(csv.body().begin(), csv.body().end(), '\n'), 2501);
  EXPECT_FALSE(csv["Content-Security-Policy"].empty());
  EXPECT_EQ(client.ask(http::verb::get, "/api/v1/me", {{"Authorization", "Bearer lt_admin"}}).result_int(), 200);
}

TEST_F(ApiServer, AnExportThatFailsHalfwayDoesNotLookWhole) {
  std::vector<Event> rows;
  for (int n = 1; n <= 3000; ++n) {  // two pages
    rows.push_back(row(ours_, n));
    rows.back().id.bytes[0] = static_cast<std::uint8_t>(n >> 8);
    rows.back().id.bytes[1] = static_cast<std::uint8_t>(n);
  }
  ASSERT_TRUE(stores_.events->append(rows));
  mishap_.fail_requests_after = 1;
  EXPECT_THROW(get("/api/v1/requests.csv"), beast::system_error);
  mishap_.fail_requests_after = 0;
  EXPECT_EQ(get("/api/v1/requests.csv").result_int(), 503) << "the first page tells at once";
}

TEST_F(ApiServer, LiveStreamsRowsUntilTheSessionEnds) {
  Client client{port()};
  client.send("GET /api/v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer lt_viewer\r\n\r\n");
  EXPECT_NE(client.read_until("event: status").find("event: hello"), std::string::npos);
  auto event = row(ours_, 3);
  event.completed_at_us = unix_us();
  ASSERT_TRUE(stores_.events->append(std::vector{event}));
  server_->rows_written();
  EXPECT_NE(client.read_until("\"more\":0").find(event.id.to_text()), std::string::npos);
  server_->stop();
  EXPECT_NE(client.read_until("0\r\n\r\n"), "");
}

TEST_F(ApiServer, StoreAwayIs503AndNotASignOut) {
  const auto cookie = cookie_of(login());
  mishap_.unavailable = true;
  for (const Headers& headers : {Headers{{"Cookie", cookie}}, Headers{{"Authorization", "Bearer lt_admin"}}}) {
    const auto response = get("/api/v1/requests", headers);
    EXPECT_EQ(response.result_int(), 503);
    EXPECT_FALSE(response["Retry-After"].empty());
  }
  EXPECT_EQ(login().result_int(), 503);
  mishap_.unavailable = false;
  EXPECT_EQ(get("/api/v1/requests").result_int(), 200);
}

TEST_F(ApiServer, HealthAnswersWhileTheStoreHangs) {
  mishap_.hold();
  std::vector<std::thread> stuck;
  for (int i = 0; i < 4; ++i) stuck.emplace_back([this] { EXPECT_EQ(get("/api/v1/requests").result_int(), 200); });
  mishap_.await_waiting(4);
  EXPECT_EQ(get("/health", {}).result_int(), 200);
  EXPECT_EQ(get("/ready", {}).result_int(), 200);
  mishap_.release();
  for (auto& thread : stuck) thread.join();
}

TEST_F(ApiServer, HealthShowsQueueAndDegradation) {
  status_.queue_depth = 12;
  status_.degraded = true;
  const auto body = json::parse(get("/health", {}).body());
  EXPECT_EQ(body["status"], "degraded");
  EXPECT_EQ(body["event_queue_depth"], 12);
  EXPECT_EQ(json::parse(get("/api/v1/status").body())["degraded"], true);
}

TEST_F(ApiServer, EveryAnswerCarriesTheSecurityHeaders) {
  for (const char* target : {"/", "/requests", "/api/v1/me", "/api/v1/nothing", "/health", "/assets/nothing.js"}) {
    const auto response = get(target);
    const std::string policy{response["Content-Security-Policy"]};
    EXPECT_NE(policy.find("default-src 'none'"), policy.npos) << target;
    EXPECT_NE(policy.find("frame-ancestors 'none'"), policy.npos) << target;
    EXPECT_EQ(policy.find("unsafe"), policy.npos) << target;
    EXPECT_EQ(response["X-Content-Type-Options"], "nosniff") << target;
    EXPECT_EQ(response["Referrer-Policy"], "no-referrer") << target;
  }
  EXPECT_EQ(get("/api/v1/me")["Cache-Control"], "no-store");
}

TEST_F(ApiServer, PagesAreRevalidatedByTheirTag) {
  const auto page = get("/", {});
  ASSERT_EQ(page.result_int(), 200);
  EXPECT_EQ(page["Cache-Control"], "no-cache");
  EXPECT_EQ(get("/requests", {}).body(), page.body());
  const auto same = get("/", {{"If-None-Match", std::string{page["ETag"]}}});
  EXPECT_EQ(same.result_int(), 304);
  EXPECT_TRUE(same.body().empty());
  EXPECT_EQ(get("/", {{"If-None-Match", "\"other\""}}).result_int(), 200);
}

TEST_F(ApiServer, HeadHasNoBodyAndTheConnectionGoesOn) {
  Client client{port()};
  const auto head = client.ask(http::verb::head, "/api/v1/me", kAdmin);
  EXPECT_EQ(head.result_int(), 200);
  EXPECT_FALSE(head["Content-Length"].empty());
  EXPECT_EQ(client.ask(http::verb::get, "/api/v1/me", kAdmin).result_int(), 200);
}

TEST_F(ApiServer, BoundsOnHeadersAndBodies) {
  EXPECT_EQ(get("/health", {{"X-Long", std::string(17 * 1024, 'a')}}).result_int(), 431);
  Client big{port()};
  big.send("POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n");
  EXPECT_EQ(big.read().result_int(), 413);
  EXPECT_TRUE(big.closed_by_peer());
  Client garbage{port()};
  garbage.send("GET / HTTP/9.9\r\n\r\n");
  EXPECT_EQ(garbage.read().result_int(), 400);
  EXPECT_TRUE(garbage.closed_by_peer());
}

TEST_F(ApiServer, RefusalArrivesThoughTheClientStillSends) {
  Client client{port()};
  client.send("POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n" + std::string(300'000, 'x'));
  EXPECT_EQ(client.read().result_int(), 413);
}

TEST_F(ApiServer, AsksForTheBodyWhenTheClientWaits) {
  Client client{port()};
  client.send("POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read().result_int(), 100);
  client.send("{}");
  EXPECT_EQ(client.read().result_int(), 400);
}

TEST_F(ApiServer, BusyPortIsNamed) {
  try {
    Server second{ServerOptions{{{"127.0.0.1", port()}, {}}, &stores_, {}, {}, ""}};
    FAIL() << "bound twice";
  } catch (const std::runtime_error& e) { EXPECT_EQ(std::string{e.what()}, "address in use: 127.0.0.1:" + std::to_string(port())); }
}

TEST_F(ApiServer, StopClosesIdleConnectionsAtOnce) {
  Client client{port()};
  EXPECT_EQ(client.ask(http::verb::get, "/health").result_int(), 200);
  const auto before = std::chrono::steady_clock::now();
  server_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds{3});
  EXPECT_TRUE(client.closed_by_peer());
}

TEST_F(ApiServer, StopFinishesWhatIsUnderWay) {
  mishap_.hold();
  unsigned status = 0;
  std::thread asking{[&] { status = get("/api/v1/requests").result_int(); }};
  mishap_.await_waiting(1);
  std::thread stopping{[this] { server_->stop(); }};
  mishap_.release();
  asking.join();
  stopping.join();
  EXPECT_EQ(status, 200u);
}

}  // namespace
}  // namespace lectr::api
