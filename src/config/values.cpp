#include "config/values.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <limits>

namespace lectr::config {
namespace {

bool is_literal(const std::string& host, int family) noexcept {
  in6_addr address;  // large enough for both
  return inet_pton(family, host.c_str(), &address) == 1;
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// A whole number followed directly by one of the units; empty when it is anything else or too large.
template <std::size_t N>
std::optional<std::uint64_t> with_unit(std::string_view text, const Unit (&units)[N]) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return {};
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const Unit& u : units)
    if (u.name == unit) return value > std::numeric_limits<std::uint64_t>::max() / u.factor ? std::nullopt : std::optional{value * u.factor};
  return {};
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return {};
  Address address;
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc{} || end != port.data() + port.size()) return {};
  const std::string_view host = text.substr(0, colon);
  if (host.empty()) {
    address.host = "0.0.0.0";
  } else if (host == "localhost") {
    address.host = "127.0.0.1";
  } else if (host.front() == '[' && host.back() == ']') {
    address.host = host.substr(1, host.size() - 2);
    if (!is_literal(address.host, AF_INET6)) return {};
  } else {
    address.host = host;
    if (!is_literal(address.host, AF_INET)) return {};
  }
  return address;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr Unit units[] = {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}};
  const auto ms = with_unit(text, units);
  constexpr std::uint64_t year_ms = 366ull * 24 * 3'600'000;
  return ms && *ms <= year_ms ? std::optional{std::chrono::milliseconds{*ms}} : std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr Unit units[] = {{"", 1}, {"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}};
  return with_unit(text, units);
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  constexpr Unit units[] = {{"", 1}};
  return with_unit(text, units);
}

}  // namespace lectr::config
