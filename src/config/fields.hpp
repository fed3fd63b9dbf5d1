// Every single-valued setting: its key in the file, its variable, and how its text becomes the value. One table serves file, environment and tests.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lectr/config/settings.hpp"

namespace lectr::config {

struct Field {
  std::string_view key;                                        // "deadlines.connect"
  std::string (*apply)(Settings& settings, std::string_view);  // the reason of a refusal, empty when the value was taken
  bool only_environment = false;                               // a secret, which a file is no place for
};

std::span<const Field> fields();
const Field* field_named(std::string_view key);

// "deadlines.connect" -> "LECTR_DEADLINES_CONNECT"
std::string variable_of(std::string_view key);

// The reason why a file can't be used as PEM; empty: it can.
std::string check_pem(const std::string& path);

}  // namespace lectr::config
