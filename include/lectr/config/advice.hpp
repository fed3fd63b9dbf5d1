// What is known of models beyond their prices: which cheaper one is worth a try, and whose end is announced. Data of src/config/{downgrades,deprecations}.tsv,
// read at build time, edited by hand, each line with its reason or source. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lectr/base/result.hpp"

namespace lectr::config {

struct Downgrade {
  std::string provider;
  std::vector<std::string> models;  // globs
  std::string to_provider, to_model, note;
};
struct Deprecation {
  std::string provider;
  std::vector<std::string> models;             // globs
  std::int64_t announced_us = 0, ends_us = 0;  // the day's begin in UTC; announced: 0 is not known
  std::string replacement, source;             // what the provider names instead, or nothing; the page that says so
};
struct Advice {
  std::string downgrades_version, deprecations_version;  // the day they were last looked at
  std::vector<Downgrade> downgrades;
  std::vector<Deprecation> deprecations;
};

// In the forms that the files describe. A line that does not read is `corrupt`.
Result<Advice> parse_advice(std::string_view downgrades, std::string_view deprecations);
const Advice& builtin_advice();

// All candidates for a model, in the order of the data; what they point at lives as long as `advice`.
std::vector<const Downgrade*> downgrades_of(const Advice& advice, std::string_view provider, std::string_view model);
const Deprecation* deprecation_of(const Advice& advice, std::string_view provider, std::string_view model) noexcept;  // null: none is known

}  // namespace lectr::config
