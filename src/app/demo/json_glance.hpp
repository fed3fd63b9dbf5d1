// Finds the top-level members of a JSON object without parsing what is inside them: a 100 KB prompt costs a memchr, not a document.
// Deliberately not the gateway's own peek: a mock that shares the parser under test would share its mistakes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lectr::demo {

// The raw text of the value of top-level member `name` (last one wins, as with most parsers); empty when absent or the text is no object.
std::string_view glance(std::string_view object, std::string_view name) noexcept;

// A raw JSON string value without quotes and with its escapes resolved; `otherwise` when it is no string.
std::string glance_text(std::string_view object, std::string_view name, std::string_view otherwise = {});
bool glance_true(std::string_view object, std::string_view name) noexcept;
std::optional<long> glance_int(std::string_view object, std::string_view name) noexcept;

// How many elements the raw array value has; a value that is no array counts as one, an array of numbers too (token ids).
std::size_t count_inputs(std::string_view raw_value) noexcept;

}  // namespace lectr::demo
