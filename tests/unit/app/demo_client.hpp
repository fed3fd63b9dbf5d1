// A blocking HTTP client over a real socket that notes when each piece of a body arrived, and a mock to talk to.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lectr/app/demo.hpp"

namespace lectr::demo {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Answer {
  unsigned status = 0;
  std::map<std::string, std::string> headers;  // lower case names
  std::string body;
  std::vector<std::pair<std::int64_t, std::string>> pieces;  // microseconds after the request was sent, what came
  bool whole = false;                                        // ended as its framing promised

  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
  std::vector<std::string> frames() const;   // of an SSE body, without blank lines
  std::vector<nlohmann::json> data() const;  // the JSON of each frame's data line; discarded values where it is none
};

class Client {
 public:
  explicit Client(std::uint16_t port);
  ~Client();
  // One exchange; without Content-Length or Transfer-Encoding among the headers, the body's length is set.
  Answer ask(std::string_view method, std::string_view target, const Headers& headers, std::string_view body = {});
  void send(std::string_view raw);
  Answer receive(std::string_view method = "POST", std::size_t at_most_pieces = SIZE_MAX);
  bool silent_for(int milliseconds);  // nothing to read, and no end, within that time
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A running mock and short ways to it.
struct Mock {
  Mock() { providers.start(); }
  Answer ask(std::string_view method, std::string_view target, const Headers& headers, std::string_view body = {}) {
    return Client{providers.port()}.ask(method, target, headers, body);
  }
  nlohmann::json stats() { return ask("GET", "/mock/stats", {}).json(); }
  nlohmann::json last() { return ask("GET", "/mock/last", {}).json(); }
  // Asks until that many disconnects were seen; gives up after two seconds.
  nlohmann::json stats_with_disconnects(unsigned count);

  MockProviders providers{"127.0.0.1", 0};
};

Headers operator+(Headers a, const Headers& b);
inline const Headers kOpenAi{{"authorization", "Bearer sk-demo"}, {"content-type", "application/json"}};
inline const Headers kAnthropic{{"x-api-key", "sk-ant-api03-demo"}, {"anthropic-version", "2023-06-01"}, {"content-type", "application/json"}};
inline const Headers kGemini{{"x-goog-api-key", "AIzaSydemo"}, {"content-type", "application/json"}};
inline const Headers kGroq{{"authorization", "Bearer gsk_demo"}, {"content-type", "application/json"}};
inline const Headers kAzure{{"api-key", "0123456789abcdef0123456789abcdef"}, {"content-type", "application/json"}};

}  // namespace lectr::demo
