// Texts of settings to values. Pure; a refusal is the reason for a person and never repeats the text (it may be a secret in the wrong place).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "lectr/config/settings.hpp"

namespace lectr::config {

// "127.0.0.1:8080", "[::1]:8080", ":8080" (all IPv4 interfaces), "localhost:8080". Port 0: the system chooses one.
std::optional<Address> parse_address(std::string_view text);

// "500ms", "5s", "2m", "1h".
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// Bytes: "65536", "32KiB", "1MiB", "2GiB".
std::optional<std::uint64_t> parse_size(std::string_view text);

std::optional<std::uint64_t> parse_count(std::string_view text);

}  // namespace lectr::config
