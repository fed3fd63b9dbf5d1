#include "store/row_text.hpp"

#include "lectr/base/utf8.hpp"

namespace lectr::store {
std::string_view storable(std::string_view text, std::string& scratch) { return well_formed(text, scratch); }

std::string trim_decimal(std::string_view text) {
  if (text.empty()) return "0";
  if (text.find('.') == std::string_view::npos) return std::string{text};
  while (text.back() == '0') text.remove_suffix(1);
  if (text.back() == '.') text.remove_suffix(1);
  return std::string{text == "-0" ? std::string_view{"0"} : text};
}

}  // namespace lectr::store
