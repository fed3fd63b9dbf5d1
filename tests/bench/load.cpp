// Load for the gateway bench, on loopback only and bounded in time. One thread, epoll, no library in the way of the clock.
//   load rate    HOST PORT RATE SECONDS CONNECTIONS BODY_BYTES ORG_KEY    open loop: latency from the scheduled start, so a stall is not hidden
//   load streams HOST PORT STREAMS SECONDS CHUNK_MS ORG_KEY               concurrent streams: counts chunks that arrive
//   load idle    HOST PORT STREAMS SECONDS ORG_KEY                        opens streams that stall after their first chunk, holds them
// Prints one line of JSON.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
double now_us() { return std::chrono::duration<double, std::micro>(Clock::now().time_since_epoch()).count(); }

struct Connection {
  int fd = -1;
  double scheduled_us = 0;  // of the request under way; 0: free
  std::size_t left = 0;     // bytes of the response body to come
  bool head = true;
  std::string early;
};

sockaddr_in address(const char* host, const char* port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  if (inet_pton(AF_INET, host, &to.sin_addr) != 1 || (ntohl(to.sin_addr.s_addr) >> 24) != 127) {
    std::fprintf(stderr, "only loopback addresses are loaded\n");
    std::exit(2);
  }
  return to;
}

int open_connection(const sockaddr_in& to) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    std::perror("connect");
    std::exit(1);
  }
  return fd;
}

std::string request(std::string_view org_key, std::size_t body_bytes, bool stream, std::string_view extra) {
  std::string text;
  while (text.size() < body_bytes) text += "some words of a prompt ";
  text.resize(body_bytes);
  const std::string body = std::string{R"({"model":"gpt-4o-mini",)"} + (stream ? R"("stream":true,)" : "") +
                           R"("messages":[{"role":"user","content":")" + text + R"("}]})";
  return "POST /v1/chat/completions HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer sk-proj-benchT3BlbkFJbench\r\nContent-Type: "
         "application/json\r\n" +
         (org_key.empty() ? std::string{} : "X-Lectr-Key: " + std::string{org_key} + "\r\n") + std::string{extra} +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) {
      std::perror("send");
      std::exit(1);
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

// true: the response is whole. Only responses with a Content-Length are understood, which is what the unary mock sends.
bool take(Connection& c, std::string_view bytes) {
  if (c.head) {
    c.early.append(bytes);
    const std::size_t end = c.early.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    std::string lower = c.early.substr(0, end);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char ch) { return std::tolower(ch); });
    if (lower.compare(9, 3, "200") != 0) {
      std::fprintf(stderr, "unexpected answer: %.60s\n", c.early.c_str());
      std::exit(1);
    }
    const std::size_t at = lower.find("content-length: ");
    c.left = at == std::string::npos ? 0 : std::strtoul(lower.c_str() + at + 16, nullptr, 10);
    c.left -= std::min(c.left, c.early.size() - end - 4);
    c.early.clear();
    c.head = false;
  } else {
    c.left -= std::min(c.left, bytes.size());
  }
  return c.left == 0;
}

int rate(char** a) {
  const sockaddr_in to = address(a[2], a[3]);
  const double per_second = std::atof(a[4]), seconds = std::atof(a[5]);
  const std::string bytes = request(a[8], std::strtoul(a[7], nullptr, 10), false, "");
  std::vector<Connection> connections(std::strtoul(a[6], nullptr, 10));
  const int poll = epoll_create1(0);
  std::deque<std::size_t> idle;
  for (std::size_t i = 0; i < connections.size(); ++i) {
    connections[i].fd = open_connection(to);
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.u64 = i;
    epoll_ctl(poll, EPOLL_CTL_ADD, connections[i].fd, &e);
    idle.push_back(i);
  }
  std::vector<double> latencies;
  std::deque<double> waiting;  // scheduled, no connection free yet
  std::vector<char> buffer(1 << 16);
  const double start = now_us(), stop = start + seconds * 1e6;
  double next = start;
  while (true) {
    const double now = now_us();
    for (; next <= now && next < stop; next += 1e6 / per_second) waiting.push_back(next);
    while (!waiting.empty() && !idle.empty()) {
      Connection& c = connections[idle.front()];
      idle.pop_front();
      c.scheduled_us = waiting.front();
      waiting.pop_front();
      c.head = true;
      send_all(c.fd, bytes);
    }
    if (now >= stop && (idle.size() == connections.size() || now > stop + 5e6)) break;
    epoll_event events[64];
    const int n = epoll_wait(poll, events, 64, waiting.empty() && next - now_us() > 1500 ? 1 : 0);  // at low rates the core is left to others
    for (int i = 0; i < n; ++i) {
      Connection& c = connections[events[i].data.u64];
      const ssize_t got = recv(c.fd, buffer.data(), buffer.size(), 0);
      if (got <= 0) {
        std::fprintf(stderr, "connection lost\n");
        return 1;
      }
      if (!take(c, {buffer.data(), static_cast<std::size_t>(got)})) continue;
      if (c.scheduled_us > start + 0.2 * seconds * 1e6) latencies.push_back(now_us() - c.scheduled_us);  // the first fifth warms up
      idle.push_back(events[i].data.u64);
    }
  }
  std::sort(latencies.begin(), latencies.end());
  const auto at = [&](double q) {
    return latencies.empty() ? 0.0 : latencies[std::min(latencies.size() - 1, static_cast<std::size_t>(q * static_cast<double>(latencies.size())))];
  };
  std::printf("{\"requests\": %zu, \"p50_us\": %.0f, \"p90_us\": %.0f, \"p99_us\": %.0f, \"p999_us\": %.0f}\n", latencies.size(), at(.5), at(.9),
              at(.99), at(.999));
  return 0;
}

int streams(char** a, bool stalled) {
  const sockaddr_in to = address(a[2], a[3]);
  const std::size_t count = std::strtoul(a[4], nullptr, 10);
  const double seconds = std::atof(a[5]);
  const std::string extra = stalled ? std::string{"x-mock-mode: stall\r\nx-mock-stall-after: 1\r\n"}
                                    : "x-mock-chunks: 1000000\r\nx-mock-chunk-bytes: 8\r\nx-mock-chunk-ms: " + std::string{a[6]} + "\r\n";
  const std::string bytes = request(stalled ? a[6] : a[7], 200, true, extra);
  const int poll = epoll_create1(0);
  std::vector<char> buffer(1 << 16);
  std::vector<int> fds;
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = open_connection(to);
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.fd = fd;
    epoll_ctl(poll, EPOLL_CTL_ADD, fd, &e);
    send_all(fd, bytes);
    fds.push_back(fd);
  }
  std::fprintf(stderr, "open\n");
  std::size_t chunks = 0, begun = 0, ended = 0;
  std::vector<bool> seen(static_cast<std::size_t>(fds.back()) + 1);
  const double start = now_us(), measured_from = start + 0.3 * seconds * 1e6, stop = start + seconds * 1e6;
  for (double now = start; now < stop; now = now_us()) {
    epoll_event events[256];
    const int n = epoll_wait(poll, events, 256, 50);
    for (int i = 0; i < n; ++i) {
      const ssize_t got = recv(events[i].data.fd, buffer.data(), buffer.size(), 0);
      if (got <= 0) {
        ++ended;
        epoll_ctl(poll, EPOLL_CTL_DEL, events[i].data.fd, nullptr);
        continue;
      }
      if (!seen[static_cast<std::size_t>(events[i].data.fd)]) {
        seen[static_cast<std::size_t>(events[i].data.fd)] = true;
        ++begun;
      }
      if (now < measured_from) continue;
      const std::string_view part{buffer.data(), static_cast<std::size_t>(got)};
      for (std::size_t at = 0; (at = part.find("data: ", at)) != std::string_view::npos; at += 6) ++chunks;
    }
  }
  std::printf("{\"streams\": %zu, \"begun\": %zu, \"ended\": %zu, \"chunks\": %zu, \"chunks_per_s\": %.0f}\n", count, begun, ended, chunks,
              static_cast<double>(chunks) / (0.7 * seconds));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "rate" && argc == 9) return rate(argv);
  if (what == "streams" && argc == 8) return streams(argv, false);
  if (what == "idle" && argc == 7) return streams(argv, true);
  std::fprintf(stderr, "usage: see the head of load.cpp\n");
  return 2;
}
