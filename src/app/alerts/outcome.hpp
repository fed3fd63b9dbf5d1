// What an attempt came to, in our own words: nothing that a receiver said gets into a table, a log or an answer but its status code. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "lectr/config/control.hpp"
#include "lectr/store/alert_store.hpp"

namespace lectr::app::alerts {

inline constexpr int kMostAttempts = 6;  // at once, then after 10 s, 1 min, 5 min, 30 min and 2 h

struct Outcome {
  enum class Kind : std::uint8_t { sent, again, never } kind = Kind::sent;
  int status = 0;  // HTTP or SMTP; 0: no answer
  std::string words;
};

Outcome of_http(int status);
// `refused`: addresses that the server did not take while it took others.
Outcome of_smtp(int status, int refused);
// `curl` is a CURLcode other than that of an answer. `mail`: the peer is a mail server.
Outcome of_failure(int curl, bool mail);
inline Outcome again(const char* words) { return {Outcome::Kind::again, 0, words}; }
inline Outcome never(const char* words) { return {Outcome::Kind::never, 0, words}; }

// What is written down after attempt number `attempts`.
store::Attempted settled(const Outcome& outcome, int attempts, std::int64_t now_us);

}  // namespace lectr::app::alerts
