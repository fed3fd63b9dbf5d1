#include "api/passwords.hpp"

#include <sodium.h>

#include <algorithm>

namespace lectr::api {

Parsed<std::string> take_password(const Json& object, const char* name) {
  const auto given = object.find(name);
  if (given == object.end() || !given->is_string()) return Problem{400, "invalid_field", "text is needed", name};
  if (given->get_ref<const std::string&>().size() > kMaxPassword) return Problem{400, "invalid_field", "is too long", name};
  return given->get<std::string>();
}

Parsed<std::string> take_new_password(const Json& object, const char* name) {
  auto password = take_password(object, name);
  if (!password) return password;
  const auto characters = std::count_if(password->begin(), password->end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  if (characters < static_cast<std::ptrdiff_t>(kMinPassword)) return Problem{400, "invalid_field", "is shorter than 12 characters", name};
  return password;
}

std::string hash_and_wipe(std::string& password) {
  std::string hash = hash_password(password);
  sodium_memzero(password.data(), password.size());
  return hash;
}

}  // namespace lectr::api
