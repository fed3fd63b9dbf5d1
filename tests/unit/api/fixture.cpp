// A server with made-up rows, for the browser test and for looking at the page without a gateway.
//   api_fixture [full|empty|degraded]     prints "http://127.0.0.1:PORT" and serves until its standard input ends.
// Sign in as admin / correct horse battery. POST /… is the real API; rows are made once, at the start, so a test sees the same list twice.
#include <csignal>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <string_view>
#include <thread>

#include "lectr/api/server.hpp"
#include "lectr/base/clock.hpp"
#include "support/fake_stores.hpp"

namespace {

using namespace lectr;

struct Sample {
  const char *provider, *requested, *actual, *feature, *task;
  std::int64_t latency_us, input, output;
  const char* cost;
};
constexpr Sample kSamples[] = {
    {"openai", "gpt-4.1-mini", "gpt-4.1-mini", "chat", "generation", 1'874'000, 1402, 288, "0.00081"},
    {"openai", "gpt-4.1-nano", "gpt-4.1-nano", "classifier", "classification", 231'000, 398, 9, "0.000043"},
    {"anthropic", "claude-sonnet-5-5", "claude-sonnet-5-5", "summariser", "summarisation", 5'117'000, 5310, 402, "0.0126"},
    {"groq", "gpt-oss-120b", "gpt-oss-120b", "chat", "generation", 902'000, 1388, 431, "0.00047"},
    {"gemini", "gemini-3-flash", "gemini-3-flash-002", "onboarding", "", 3'608'000, 2344, 655, "0.00199"},
    {"openai", "house-model-7", "", "untagged", "", 96'000, -1, -1, ""},
};

Event base_row(const Sample& sample, OrgId org, UuidSource& ids, std::int64_t at_us) {
  Event e;
  e.id = ids.next(at_us / 1000);
  e.completed_at_us = at_us;
  e.org_id = org;
  e.key_id = 1;
  e.provider = sample.provider;
  e.method = "POST";
  e.endpoint = sample.provider == std::string_view{"anthropic"} ? "/v1/messages" : "/v1/chat/completions";
  e.model_requested = sample.requested;
  e.model_actual = sample.actual;
  e.feature = sample.feature;
  e.task = sample.task;
  e.status = 200;
  e.attempts = 1;
  e.latency_us = sample.latency_us;
  e.ttfb_us = sample.latency_us / 4;
  e.bytes_in = 6120;
  e.bytes_out = 41'200;
  e.provider_request_id = "chatcmpl-CdT9hK2";
  e.price_version = "builtin-2026-11-10";
  return e;
}

void add_tokens(Event& e, const Sample& sample, bool measured) {
  e.tokens_input = sample.input;
  e.tokens_output = sample.output;
  e.cost = Money::parse(sample.cost);
  e.cost_source = e.cost ? CostSource::price_table : CostSource::unknown_model;
  if (!e.cost || sample.input < 0) return;
  e.token_source = measured ? TokenSource::measured : TokenSource::provider;
  e.cost_low = e.cost_high = e.cost;
  if (!measured) return;
  e.tokens_output_low = sample.output * 96 / 100;
  e.tokens_output_high = sample.output * 104 / 100;
  e.cost_low = Money{e.cost->femto / 100 * 96};
  e.cost_high = Money{e.cost->femto / 100 * 104};
}

void fail(Event& e, int kind) {
  e.error_source = kind == 2 ? ErrorSource::client : ErrorSource::provider;
  if (kind == 0) {
    e.status = 429;
    e.error_category = ErrorCategory::rate;
    e.error_code = "rate_limit_exceeded";
    e.streaming = false;
    e.verdict = Verdict::none;
    e.tokens_input = e.tokens_output = -1;
    e.token_source = TokenSource::none;
    e.cost = e.cost_low = e.cost_high = Money{};
  } else if (kind == 1) {
    e.verdict = Verdict::truncated;
    e.error_category = ErrorCategory::protocol;
    e.error_code = "provider_bad_response";
  } else {
    e.status = 499;
    e.verdict = Verdict::client_gone;
    e.error_category = ErrorCategory::client_gone;
    e.saved_high = Money::parse("0.0031");
  }
}

std::vector<Event> made_up_rows(OrgId org) {
  UuidSource ids;
  std::vector<Event> rows;
  const std::int64_t now = unix_us();
  for (int n = 0; n < 160; ++n) {
    const Sample& sample = kSamples[static_cast<std::size_t>(n * 7 + n / 6) % std::size(kSamples)];
    Event e = base_row(sample, org, ids, now - 20'000'000ll * n - 777'123);
    e.streaming = n % 3 != 1;
    e.verdict = e.streaming ? Verdict::complete : Verdict::none;
    add_tokens(e, sample, e.streaming && n % 2 == 0);
    if (n % 13 == 5) fail(e, n / 13 % 3);
    if (n % 17 == 4) e.notes = "retried_stale";
    rows.push_back(std::move(e));
  }
  return rows;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "full";
  fake::Mishap mishap;
  store::Stores stores{std::make_unique<fake::Events>(mishap), std::make_unique<fake::Control>(mishap), std::make_unique<fake::Insight>(mishap),
                       std::make_unique<fake::Alerts>(mishap)};
  const OrgId org = *stores.control->add_org("halden");
  (void)stores.control->add_user(
      {.org = org, .name = "admin", .password_hash = api::hash_password("correct horse battery"), .role = store::Role::admin});
  (void)stores.control->add_key({.org = org, .name = "prod-web", .hint = "lc_key_…d3pQ", .created_at_us = unix_us()});
  if (mode != "empty") (void)stores.events->append(made_up_rows(org));
  api::Status status{.version = "0.1.0"};
  if (mode == "degraded")
    status = {
        .events_received = 17'858, .events_written = 17'320, .events_dropped = 97, .journal_backlog = 441, .degraded = true, .version = "0.1.0"};
  api::Server server{{{{"127.0.0.1", 0}, {}}, &stores, [&] { return status; }, [] {}, "http://127.0.0.1:8080"}};
  server.start();
  std::cout << "http://127.0.0.1:" << server.port() << std::endl;
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  server.stop();
}
