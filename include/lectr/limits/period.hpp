// Days, weeks and months as a place's clocks have them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "lectr/config/control.hpp"

namespace lectr::limits {

struct Span {
  std::int64_t from_us = 0, to_us = 0;  // unix, [from, to)
};

class Zone {
 public:
  // Reads the system's zone data (TZif, RFC 8536). Empty: the system knows no such zone.
  static std::shared_ptr<const Zone> find(const std::string& name);
  static std::shared_ptr<const Zone> utc();

  // The period that holds this moment. Days begin when the place's clocks first show the new date, and last 23 to 25 hours.
  Span period(config::Period period, std::int64_t unix_us) const;

  // The moment as the place's clocks show it, taken for UTC.
  std::int64_t local_us(std::int64_t unix_us) const;

  struct Data;
  explicit Zone(std::unique_ptr<const Data> data);
  ~Zone();

 private:
  std::int64_t offset_at(std::int64_t unix_s) const;    // seconds east of UTC
  std::int64_t midnight(std::int64_t local_day) const;  // unix seconds at which this date begins
  std::unique_ptr<const Data> data_;
};

}  // namespace lectr::limits
