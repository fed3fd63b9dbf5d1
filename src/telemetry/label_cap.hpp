// The bound on the values of one label: the first come keep their name, all others are "other".
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "lectr/base/hash.hpp"
#include "lectr/base/utf8.hpp"

namespace lectr::telemetry {

inline constexpr std::string_view kOther = "other";

// Looked up with a view, without an allocation.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return hash_text(text); }
};
template <class Value>
using TextMap = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

// One thread.
class LabelCap {
 public:
  explicit LabelCap(std::size_t most) : most_{most} {}

  // The value as its series has it: well-formed text, the same for all that is beyond the bound. The view holds as long as this.
  std::string_view admit(std::string_view value) {
    const auto known = known_.find(value);
    if (known != known_.end()) return known->second;
    if (known_.size() >= most_) return kOther;
    return known_.emplace(value, well_formed(value, scratch_)).first->second;
  }

 private:
  const std::size_t most_;
  TextMap<std::string> known_;
  std::string scratch_;
};

}  // namespace lectr::telemetry
