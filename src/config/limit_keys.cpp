// Which org keys limits mean.
#include <charconv>

#include "lectr/config/control.hpp"

namespace lectr::config {

// Only as a number is written: "007" and "0" may well be somebody's names.
std::optional<KeyId> key_id_of(std::string_view key) noexcept {
  KeyId id = 0;
  const auto [end, bad] = std::from_chars(key.data(), key.data() + key.size(), id);
  if (bad != std::errc{} || end != key.data() + key.size() || id <= 0 || key.front() == '0') return std::nullopt;
  return id;
}

std::map<std::string, std::vector<KeyId>, std::less<>> keys_named_by(const Control& control) {
  std::map<std::string, std::vector<KeyId>, std::less<>> out;
  for (const Limit& limit : control.limits)
    if (!limit.key.empty() && limit.key != "*" && !key_id_of(limit.key)) out[limit.key];
  return out;
}

}  // namespace lectr::config
