#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <cmath>
#include <thread>
#include <vector>

#include "app/demo/build_text.hpp"
#include "app/demo/catalogue.hpp"
#include "app/demo/filler.hpp"
#include "lectr/app/demo.hpp"
#include "lectr/base/clock.hpp"

namespace lectr::demo {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using HttpRequest = http::request<http::string_body>;
constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kPatience{120};

// Credentials that open nothing, in the shape that detection knows each provider by.
std::pair<std::string_view, std::string> credential(Shape shape) {
  switch (shape) {
    case Shape::messages: return {"x-api-key", concat("sk-ant-api03-", std::string(93, 'd'), "AA")};
    case Shape::generate: return {"x-goog-api-key", concat("AIzaSy", std::string(33, 'd'))};
    case Shape::azure_chat: return {"api-key", std::string(32, 'd')};
    case Shape::groq_chat: return {"authorization", concat("Bearer gsk_", std::string(52, 'd'))};
    case Shape::chat:
    case Shape::responses:
    case Shape::embeddings: break;
  }
  return {"authorization", "Bearer sk-proj-demoT3BlbkFJdemo0000000000000000"};
}

std::string target_of(const Planned& p) {
  switch (p.kind->shape) {
    case Shape::chat: return "/v1/chat/completions";
    case Shape::responses: return "/v1/responses";
    case Shape::messages: return "/v1/messages";
    case Shape::embeddings: return "/v1/embeddings";
    case Shape::generate: return concat("/v1beta/models/", p.kind->model, p.streaming ? ":streamGenerateContent?alt=sse" : ":generateContent");
    case Shape::azure_chat: return concat("/openai/deployments/", p.kind->model, "/chat/completions?api-version=2024-10-21");
    case Shape::groq_chat: return "/openai/v1/chat/completions";
  }
  return "/";
}

std::string body_of(const Planned& p, Dice& dice) {
  std::string prompt;
  const auto bytes = static_cast<std::size_t>(std::min(p.input * 4, 16'000L));
  append_filler(prompt, bytes, 0, bytes, false);
  if (p.kind->shape == Shape::generate) return concat(R"({"contents":[{"role":"user","parts":[{"text":")", prompt, "\"}]}]}");
  std::string body = concat("{\"model\":\"", p.kind->model, "\",");
  if (p.kind->shape == Shape::embeddings) return concat(body, "\"input\":\"", prompt, "\"}");
  if (p.kind->shape == Shape::messages) body += "\"max_tokens\":4096,";
  if (p.streaming) body += "\"stream\":true,";
  const bool chat = p.kind->shape == Shape::chat || p.kind->shape == Shape::azure_chat;
  if (p.streaming && chat && dice.chance(0.8)) body += "\"stream_options\":{\"include_usage\":true},";
  if (p.kind->shape == Shape::responses) return concat(body, "\"input\":\"", prompt, "\"}");
  return concat(body, R"("messages":[{"role":"user","content":")", prompt, "\"}]}");
}

// Tells the mock how to behave: latencies, counts, the failure planned.
void set_modes(HttpRequest& request, const Planned& p) {
  const auto set = [&](std::string_view name, long value) { request.set(concat("x-mock-", name), std::to_string(value)); };
  const unsigned status = outcome_status(p);
  set("latency-ms", std::lround(p.streaming && status == 200 ? p.first_ms : p.total_ms));
  if (status != 200) return set("status", status);
  set("input-tokens", p.input);
  set("output-tokens", p.output);
  if (p.cached > 0) set("cached-tokens", p.cached);
  if (p.reasoning > 0) set("reasoning-tokens", p.reasoning);
  request.set("x-mock-model", p.kind->answering);
  if (!p.streaming) return set("bytes", p.output * 4);
  // Providers put several tokens into a frame when they are fast; 24 frames are enough to look alive.
  const long chunks = std::clamp(p.output / 8, 4L, 24L);
  set("chunks", chunks);
  set("chunk-bytes", std::max(1L, p.output * 4 / chunks));
  set("chunk-ms", std::lround(static_cast<double>(p.output) * p.kind->token_ms / static_cast<double>(chunks)));
  if (p.outcome == Outcome::cut) set("cut-after", std::max(1L, std::lround(static_cast<double>(chunks) * p.left_at)));
}

HttpRequest make_request(const Planned& p, const TrafficOptions& options, Dice& dice) {
  HttpRequest request{http::verb::post, target_of(p), 11};
  request.set(http::field::host, concat(options.proxy_host, ":", options.proxy_port));
  request.set(http::field::user_agent, "lectr-demo");
  request.set(http::field::content_type, "application/json");
  request.set("x-lectr-key", options.org_key);
  if (!p.kind->feature.empty()) request.set("x-lectr-feature", p.kind->feature);
  if (!p.kind->task.empty()) request.set("x-lectr-task", p.kind->task);
  if (p.kind->shape == Shape::azure_chat) request.set("x-lectr-provider", "azure");
  if (p.kind->shape == Shape::messages) request.set("anthropic-version", "2023-06-01");
  const auto [header, value] = credential(p.kind->shape);
  request.set(header, value);
  set_modes(request, p);
  request.body() = body_of(p, dice);
  request.prepare_payload();
  return request;
}

}  // namespace

struct Traffic::Impl {
  using Link = std::unique_ptr<beast::tcp_stream>;

  explicit Impl(TrafficOptions given) : options{std::move(given)}, dice{options.seed} {}

  asio::awaitable<void> arrivals();
  asio::awaitable<void> send(Planned planned, HttpRequest request);
  asio::awaitable<Link> connect();
  asio::awaitable<void> receive(Link link, const Planned& planned);
  void count(std::atomic<std::uint64_t>& counter) { counter.fetch_add(1, std::memory_order_relaxed); }

  const TrafficOptions options;
  // The traffic thread only.
  Dice dice;
  unsigned busy = 0;
  std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>(1);
  std::vector<Link> idle;  // goes before the context it lives on
  std::thread thread;
  // Any thread.
  std::atomic<std::uint64_t> sent{0}, ok{0}, failed{0}, aborted{0}, broken{0}, skipped{0};
};

asio::awaitable<void> Traffic::Impl::arrivals() {
  asio::steady_timer timer{*context};
  timer.expires_after(std::chrono::seconds{0});
  for (;;) {
    const double rate = options.requests_per_second * (options.day_shaped ? day_shape(unix_us()) : 1);
    timer.expires_at(timer.expiry() + std::chrono::microseconds{std::llround(dice.wait(rate) * 1e6)});
    const auto [stopped] = co_await timer.async_wait(kQuiet);
    if (stopped) co_return;
    const Planned planned = plan_request(dice, options.azure);
    HttpRequest request = make_request(planned, options, dice);
    if (busy >= options.connections) {
      count(skipped);
      continue;
    }
    ++busy;
    asio::co_spawn(*context, send(planned, std::move(request)), asio::detached);
  }
}

asio::awaitable<Traffic::Impl::Link> Traffic::Impl::connect() {
  if (!idle.empty()) {
    Link link = std::move(idle.back());
    idle.pop_back();
    co_return link;
  }
  auto link = std::make_unique<beast::tcp_stream>(*context);
  link->expires_after(std::chrono::seconds{5});
  const auto [error] = co_await link->async_connect(tcp::endpoint{asio::ip::make_address(options.proxy_host), options.proxy_port}, kQuiet);
  if (error) link.reset();
  co_return link;
}

asio::awaitable<void> Traffic::Impl::send(Planned planned, HttpRequest request) {
  Link link = co_await connect();
  if (link) {
    count(sent);
    link->expires_after(kPatience);
    const auto [error, size] = co_await http::async_write(*link, request, kQuiet);
    if (error)
      count(broken);
    else
      co_await receive(std::move(link), planned);
  } else {
    count(broken);
  }
  --busy;
}

// Reads the answer, throws it away, and leaves in the middle of it where that is the plan.
asio::awaitable<void> Traffic::Impl::receive(Link link, const Planned& planned) {
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);
  const bool leaves = planned.outcome == Outcome::abandoned;
  const std::int64_t leave_at = mono_us() + std::llround(planned.total_ms * 1000);
  const auto [refused, head_size] = co_await http::async_read_header(*link, buffer, parser, kQuiet);
  bool lost = bool{refused};
  while (!lost && !parser.is_done()) {
    if (leaves && mono_us() >= leave_at) co_return count(aborted);  // dropping the link is leaving
    const auto [error, size] = co_await http::async_read_some(*link, buffer, parser, kQuiet);
    lost = bool{error};
    parser.get().body().clear();
  }
  if (lost) co_return count(planned.outcome == Outcome::cut ? failed : broken);
  count(parser.get().result_int() < 400 ? ok : failed);
  if (parser.get().keep_alive() && idle.size() < options.connections) idle.push_back(std::move(link));
}

Traffic::Traffic(TrafficOptions options) : impl_{std::make_unique<Impl>(std::move(options))} {}

Traffic::~Traffic() { stop(); }

void Traffic::start() {
  asio::co_spawn(*impl_->context, impl_->arrivals(), asio::detached);
  impl_->thread = std::thread{[this] { impl_->context->run(); }};
}

void Traffic::stop() {
  if (!impl_->context) return;
  impl_->context->stop();
  if (impl_->thread.joinable()) impl_->thread.join();
  impl_->idle.clear();
  impl_->context.reset();  // drops what is under way
}

Counters Traffic::counters() const noexcept {
  const auto& i = *impl_;
  return {i.sent.load(), i.ok.load(), i.failed.load(), i.aborted.load(), i.broken.load(), i.skipped.load()};
}

}  // namespace lectr::demo
