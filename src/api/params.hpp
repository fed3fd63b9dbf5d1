// Single values of a query string. Each takes one parameter into its place; a problem names it. Pure.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/http.hpp"

namespace lectr::api {

template <class Int>
std::optional<Int> whole(std::string_view text) noexcept {
  Int value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

Problem bad_parameter(std::string_view name, std::string message);

std::optional<Problem> take_time(const Query& query, std::string_view name, std::optional<std::int64_t>& out);
std::optional<Problem> take_text(const Query& query, std::string_view name, std::optional<std::string>& out);
std::optional<Problem> take_flag(const Query& query, std::string_view name, std::optional<bool>& out);
// A whole number from `least` to `most`.
std::optional<Problem> take_number(const Query& query, std::string_view name, std::int64_t least, std::int64_t most,
                                   std::optional<std::int64_t>& out);
// One of the texts that to_text gives for the values up to `last`.
template <class Enum>
std::optional<Problem> take_word(const Query& query, std::string_view name, Enum last, std::optional<Enum>& out) {
  const std::string* text = query.find(name);
  if (!text) return {};
  for (unsigned n = 0; n <= static_cast<unsigned>(last); ++n)
    if (to_text(static_cast<Enum>(n)) == *text) {
      out = static_cast<Enum>(n);
      return {};
    }
  return bad_parameter(name, "not one of its words");
}

// An id in a path; a problem is 400.
Parsed<std::int64_t> path_id(std::string_view text);

}  // namespace lectr::api
