// What the price tables had for the models asked last: most requests ask for few. Holds for one snapshot; whoever swaps it calls forget().
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "lectr/policy/price.hpp"

namespace lectr::proxy {

class PriceMemo {
 public:
  const policy::ListedModel& list(const config::PriceTable& table, const config::PriceTable* own, std::string_view provider, std::string_view model) {
    Entry& entry = entries_[(model.size() * 5 + (model.empty() ? 0U : static_cast<unsigned char>(model.back())) + provider.size()) % entries_.size()];
    if (entry.table != &table || entry.own != own || entry.model != model || entry.provider != provider)
      entry = {&table, own, std::string{provider}, std::string{model}, policy::list_model(table, own, provider, model)};
    return entry.listed;
  }
  void forget() noexcept {
    for (Entry& entry : entries_) entry.table = nullptr;
  }

 private:
  struct Entry {
    const config::PriceTable *table = nullptr, *own = nullptr;
    std::string provider, model;
    policy::ListedModel listed;
  };
  std::array<Entry, 16> entries_;
};

}  // namespace lectr::proxy
