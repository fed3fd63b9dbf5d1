// The demo: providers that are none, traffic that nobody sent, and a yesterday that never was. Tests and benches use the same providers.
// src/app/demo/README.md lists the modes (x-mock-* headers) and the /mock/* endpoints.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "lectr/base/event.hpp"

namespace lectr::demo {

// One listener that answers as OpenAI, Anthropic, Gemini, Groq and Azure, told apart by path and credential header. Own threads.
class MockProviders {
 public:
  // Binds at once, so that port() is known; throws boost::system::system_error (start-up) when the address is taken. port 0: any free one.
  MockProviders(std::string listen_host, std::uint16_t port, unsigned threads = 1);
  ~MockProviders();  // stops
  MockProviders(const MockProviders&) = delete;
  MockProviders& operator=(const MockProviders&) = delete;

  std::uint16_t port() const noexcept;
  void start();  // once; returns when every thread accepts
  void stop();   // closes all connections at once and joins; may be called again

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct TrafficOptions {
  std::string proxy_host = "127.0.0.1";  // IP literal
  std::uint16_t proxy_port = 8080;
  std::string org_key;             // lc_key_…
  double requests_per_second = 5;  // mean over a day; the hour of day (UTC) bends it between about 0.3 and 1.7 times that
  bool day_shaped = true;          // false: the mean all the time
  bool azure = true;               // off where the gateway has no Azure base URL
  unsigned connections = 24;       // at most; an arrival that finds none free is counted as skipped, never queued
  std::uint64_t seed = 1;          // the order of requests, not their timing, depends on it alone
};

// What an onlooker may read at any time.
struct Counters {
  std::uint64_t sent = 0, ok = 0, failed = 0 /* status >= 400 */, aborted = 0 /* on purpose */, broken = 0 /* connect or transfer failed */,
                skipped = 0;
};

// Sends plausible requests through a gateway until stopped. One own thread.
class Traffic {
 public:
  explicit Traffic(TrafficOptions options);
  ~Traffic();  // stops
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  void start();  // once
  void stop();   // drops requests under way, joins; returns within milliseconds
  Counters counters() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct HistoryOptions {
  OrgId org_id = 1;
  KeyId key_id = 1;
  std::int64_t end_us = 0;  // unix time of the end; events are completed before it, in ascending order
  unsigned hours = 24;
  unsigned events = 4000;  // about; the day's shape decides
  std::uint64_t seed = 1;  // same options: the same events, ids included
  bool azure = true;
};

// Makes the events of the hours before end_us, of the same kinds as Traffic sends. Tokens are set, cost is left to the caller, who has the
// prices (policy::price). Returns how many were given to `sink`.
std::size_t seed_history(const HistoryOptions& options, const std::function<void(Event&&)>& sink);

}  // namespace lectr::demo
