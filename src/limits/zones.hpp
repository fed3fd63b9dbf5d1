// Time zones that have been read from the system, by name: from then on any thread has one without a file and without a lock. Only zones that there are
// are kept, which bounds them.
#pragma once

#include <memory>
#include <string>

#include "lectr/base/hash.hpp"
#include "lectr/limits/period.hpp"
#include "limits/grow_map.hpp"

namespace lectr::limits {

class Zones {
 public:
  // Null: the system knows no such zone.
  std::shared_ptr<const Zone> find(const std::string& name) {
    const std::uint64_t key = hash_text(name);
    if (const Known* known = known_.find(key); known && known->name == name) return known->zone;
    auto zone = Zone::find(name);
    if (zone) known_.get(key, [&] { return Known{name, zone}; });
    return zone;
  }

 private:
  struct Known {
    std::string name;
    std::shared_ptr<const Zone> zone;
  };
  GrowMap<Known> known_;
};

}  // namespace lectr::limits
