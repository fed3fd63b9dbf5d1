// The REST API as the commands ask it: over HTTP, or in this process on an opened store.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace lectr::app::ascode {

struct Answer {
  unsigned status = 0;  // of HTTP; 0: there was none
  nlohmann::ordered_json body;
  std::string trouble;  // status 0: why, and what to do, in a line

  bool good() const noexcept { return status >= 200 && status < 300; }
};

class Client {
 public:
  virtual ~Client() = default;
  // `path` is under /api/v1, with its query. `body` null: none. Blocks, at most a minute.
  virtual Answer ask(std::string_view method, const std::string& path, const nlohmann::ordered_json& body = nullptr) = 0;
  // What tells this gateway and org from others: hashed, with a document. Empty: it can't be told now.
  virtual std::string target() = 0;
  // For people: a URL, or a state directory and org.
  virtual std::string shown() const = 0;
  virtual std::string org_name() = 0;  // empty: it can't be told now
  // How many instances must be heard of before a change can be said to be in force; -1: as many as /instances names; 0: none runs.
  virtual int expected_instances() const { return -1; }
};

struct HttpSettings {
  std::string url;      // "https://lectr.example.com"; with or without a path before /api/v1
  std::string token;    // never shown
  std::string ca_file;  // beside the system's; empty: none
};
// The reason when the URL can't be one.
std::unique_ptr<Client> http_client(HttpSettings settings, std::string& trouble);

// What an answer that is not good means for whoever runs the command: what to do, in a line.
std::string advice(const Answer& answer);

}  // namespace lectr::app::ascode
