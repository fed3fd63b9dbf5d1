#include "lectr/base/model_name.hpp"

#include "lectr/base/text.hpp"

namespace lectr {
namespace {

constexpr int kLeastDigits = 3, kLeastTogether = 2;  // "-001", "-05-06"; fewer number a version

}  // namespace

bool same_model(std::string_view asked, std::string_view actual) noexcept {
  if (!istarts_with(actual, asked)) return false;
  actual.remove_prefix(asked.size());
  if (actual.empty()) return true;
  if (actual.front() != '-' && actual.front() != '@') return false;
  int digits = 0, together = kLeastTogether;
  for (const char c : actual) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (together < kLeastTogether || (c != '-' && c != '@'))) return false;
    digits += digit, together = digit ? together + 1 : 0;
  }
  return together >= kLeastTogether && digits >= kLeastDigits;
}

}  // namespace lectr
