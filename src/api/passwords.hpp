// What is asked of a new password. Pure.
#pragma once

#include "api/json.hpp"

namespace lectr::api {

inline constexpr std::size_t kMaxUser = 200, kMinPassword = 12, kMaxPassword = 1024;

// Any bytes may be in a password, so only its length is looked at: in characters for the least, in bytes for the most.
Parsed<std::string> take_password(const Json& object, const char* name);      // one that is there already
Parsed<std::string> take_new_password(const Json& object, const char* name);  // at least 12 characters
// Hashes, and wipes the text.
std::string hash_and_wipe(std::string& password);

}  // namespace lectr::api
