// lectr health: whether a gateway answers, for a container's HEALTHCHECK and for scripts. Needs no store and no tool of the image.
#include "app/health_command.hpp"

#include <curl/curl.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "commands.hpp"

namespace lectr::app {
namespace {

constexpr long kTimeoutMs = 3000;
constexpr std::size_t kMostAnswer = 4096;  // /health says less than 200 bytes; who sends more is somebody else

struct Asked {
  std::string url;
  bool own = false;  // made from our settings: it leads to this machine, where the certificate's name can't match the address
};

std::size_t take(char* bytes, std::size_t size, std::size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + size * count > kMostAnswer) return 0;
  text.append(bytes, size * count);
  return size * count;
}

int health(const Asked& asked) {
  const std::unique_ptr<CURL, void (*)(CURL*)> handle{curl_easy_init(), &curl_easy_cleanup};
  std::string body;
  const auto set = [&handle](CURLoption option, auto value) { curl_easy_setopt(handle.get(), option, value); };
  set(CURLOPT_URL, asked.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_TIMEOUT_MS, kTimeoutMs);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_WRITEFUNCTION, &take);
  set(CURLOPT_WRITEDATA, &body);
  if (asked.own) {
    set(CURLOPT_SSL_VERIFYPEER, 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  const CURLcode code = curl_easy_perform(handle.get());
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  if (code != CURLE_OK || status != 200) {
    std::cerr << asked.url << ": " << (code == CURLE_OK ? "status " + std::to_string(status) : std::string{curl_easy_strerror(code)}) << "\n";
    return 1;
  }
  std::cout << body << "\n";
  return 0;
}

}  // namespace

void add_health_command(CLI::App& cli, CommonFlags& flags, int& exit_code) {
  auto url = std::make_shared<std::string>();
  CLI::App* command = cli.add_subcommand("health", "ask a running gateway whether it is well, at most 3 s (exit code 1: it is not)");
  command->add_option("--config", flags.config_file, "YAML file with the daemon's settings (environment: LECTR_CONFIG)");
  command->add_option("--url", *url, "what to ask instead of the dashboard listener's /health, e.g. its /ready, which is 503 while it drains");
  command->callback([&flags, &exit_code, url] {
    const Asked asked = url->empty() ? Asked{health_url(settings_or_exit(flags).admin), true} : Asked{*url, false};
    if (asked.url.empty()) {
      std::cerr << "The dashboard's port is left to the system: give --url with the one that the log's `ready` line tells.\n";
      exit_code = 1;
      return;
    }
    exit_code = health(asked);
  });
}

}  // namespace lectr::app
