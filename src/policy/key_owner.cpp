#include "policy/key_owner.hpp"

#include <algorithm>

namespace lectr::policy {
namespace {

using config::KeyChars;
using config::KeyShape;

bool in_class(char c, KeyChars chars) noexcept {
  const bool digit = c >= '0' && c <= '9', lower = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z';
  switch (chars) {
    case KeyChars::hex: return digit || (c >= 'a' && c <= 'f');
    case KeyChars::lower_alnum: return digit || lower;
    case KeyChars::alnum: return digit || lower || upper;
  }
  return false;
}

bool has_shape(std::string_view key, const KeyShape& shape) noexcept {
  if (key.size() != shape.length || !key.starts_with(shape.prefix)) return false;
  key.remove_prefix(shape.prefix.size());
  return std::all_of(key.begin(), key.end(), [&](char c) { return in_class(c, shape.chars); });
}

}  // namespace

KeyOwner key_owner(const config::Registry& registry, std::string_view credential) noexcept {
  KeyOwner owner;
  if (credential.empty()) return owner;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < registry.providers.size(); ++i) {
    const config::Provider& p = registry.providers[i];
    const auto at = static_cast<config::ProviderIndex>(i);
    for (const KeyShape& shape : p.key_shapes) {
      if (!has_shape(credential, shape)) continue;
      if (!shape.weak) return {at, {}};  // tells more than any prefix: the whole key was looked at
      if (!owner.likely) owner.likely = at;
    }
    for (const std::string& prefix : p.key_prefixes) {
      if (prefix.size() <= longest || !credential.starts_with(prefix)) continue;
      longest = prefix.size();
      owner.certain = at;
    }
  }
  return owner;
}

}  // namespace lectr::policy
