// Was it passed on as it is? Pure.
#pragma once

#include <string>
#include <vector>

#include "app/selftest/client.hpp"
#include "app/selftest/exchanges.hpp"
#include "app/selftest/provider.hpp"

namespace lectr::app::selftest {

// What differs, in words that hold nothing of the bytes; empty: nothing. `sent`: the client's request without the org key's lines.
std::vector<std::string> differences(const std::string& sent, const std::string& credential, const std::vector<Got>& got, const Scripted& scripted,
                                     const Answer& answer);

// The first half of a SHA-256, as people compare it.
std::string short_hash(const std::string& bytes);
// What stands behind the empty line.
std::string body_of(const std::string& message);

}  // namespace lectr::app::selftest
