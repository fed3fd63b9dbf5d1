#include <algorithm>

#include "lectr/base/text.hpp"
#include "lectr/telemetry/exporter.hpp"

namespace lectr::telemetry {
namespace {

int digit(char c) noexcept {
  c = ascii_lower(c);
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool coded = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    out += coded ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
    if (coded) i += 2;
  }
  return out;
}

bool printable(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_otlp_headers(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = pair.find('=');
    if (equals == pair.npos) continue;
    const std::string name = percent_decoded(trim(pair.substr(0, equals))), value = percent_decoded(trim(pair.substr(equals + 1)));
    const bool good = !name.empty() && printable(name) && printable(value) && name.find_first_of(" :") == name.npos;
    if (good) out.emplace_back(name, value);
  }
  return out;
}

}  // namespace lectr::telemetry
