// What streams of known usage taught a worker, by provider and model. Bounded: of more models than it holds, the one that was asked for longest ago is forgotten.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "lectr/base/hash.hpp"
#include "lectr/wire/calibration.hpp"

namespace lectr::proxy {

class Calibrations {
 public:
  static constexpr std::size_t kModels = 128;

  wire::Calibration& of(std::string_view provider, std::string_view model) {
    const std::uint64_t key = key_of(provider, model);
    if (Entry* const found = find(key)) return *found->learned;
    if (entries_.size() < kModels) {
      entries_.push_back({key, ++asked_, std::make_unique<wire::Calibration>()});
      return *entries_.back().learned;
    }
    Entry& oldest = *std::min_element(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.asked < b.asked; });
    oldest.key = key;
    oldest.asked = ++asked_;
    *oldest.learned = {};
    return *oldest.learned;
  }
  // Null: there is none.
  const wire::Calibration* known(std::string_view provider, std::string_view model) {
    const Entry* const found = find(key_of(provider, model));
    return found ? found->learned.get() : nullptr;
  }

 private:
  struct Entry {
    std::uint64_t key = 0, asked = 0;
    std::unique_ptr<wire::Calibration> learned;
  };
  static std::uint64_t key_of(std::string_view provider, std::string_view model) noexcept { return hash_text(provider) * 31 + hash_text(model); }
  Entry* find(std::uint64_t key) noexcept {
    for (Entry& e : entries_)
      if (e.key == key) return e.asked = ++asked_, &e;
    return nullptr;
  }

  std::vector<Entry> entries_;
  std::uint64_t asked_ = 0;
};

}  // namespace lectr::proxy
