// The exchanges of the self-test, as clients and providers write them. Texts that must not be found anywhere afterwards stand in all of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lectr::app::selftest {

// Marked strings: what a client says, what a provider answers, and the provider's key.
struct Canaries {
  std::string prompt, answer, credential;
};
// New ones of this run, so that what an older one left can't be found for them.
Canaries make_canaries();

struct Scripted {
  std::string name;
  std::string request;  // what the client sends, from the request line on, without the org key's line, which comes after the first
  std::string answer;   // what the provider answers, from the status line on
  bool closes = false;  // the provider closes behind it, which is its end
  std::int64_t tokens_in = -1, tokens_out = -1;  // what the row must say; -1: it says none, or has measured
};
std::vector<Scripted> scripted_exchanges(const Canaries& canaries);

// The request's line that tells the scripted provider which exchange it is.
inline constexpr const char* kNumberLine = "X-Selftest-Exchange";

}  // namespace lectr::app::selftest
