// The self-test's client: one request on a connection of its own, the answer as it came.
#pragma once

#include <cstdint>
#include <string>

namespace lectr::app::selftest {

struct Address {
  std::string host;
  std::uint16_t port = 0;
  bool tls = false;
  bool verify = false;  // the certificate, against the system's trust
  std::string text() const;
};

struct Answer {
  std::string head, body;  // as they came, framing included
  unsigned status = 0;
  bool whole = false;
  std::string problem;  // for people, where there is no answer
};

// Blocks for at most 20 s without a byte.
Answer ask(const Address& to, const std::string& request);

}  // namespace lectr::app::selftest
