// Files of `lectr detect`: whatever the bytes, a row is an error or a number at a time, and the score of every number is in 0..1.
#include <cmath>
#include <cstdlib>

#include "lectr/insight/any_csv.hpp"
#include "lectr/insight/any_series.hpp"
#include "pieces.hpp"

using namespace lectr::insight;

namespace {

void check_row(AnySeries& series, const std::string& line, const AnyColumns& columns) {
  if (const auto window = read_any_window(line, columns); window && window->end < window->start) std::abort();
  const auto row = read_any_row(line, columns);
  if (!row || is_blank(line)) return;
  if (row->timestamp.data() < line.data() || row->timestamp.data() + row->timestamp.size() > line.data() + line.size()) std::abort();
  if (!row->value) return;
  const auto found = series.add(row->unix_seconds, *row->value);
  if (!(found.score >= 0 && found.score <= 1) || !std::isfinite(found.baseline) || !std::isfinite(found.deviation)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = lectr::fuzz::text_of(data, size);
  AnySeries series;
  AnyColumns columns;
  for (bool header = true; !text.empty(); header = false) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string line{text.substr(0, end)};  // of exact size
    if (const auto read = read_any_header(line, "timestamp", "value"); header && read) columns = *read;
    if (!header) check_row(series, line, columns);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return 0;
}
