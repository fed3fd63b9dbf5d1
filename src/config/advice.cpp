#include "lectr/config/advice.hpp"

#include <algorithm>

#include "lectr/base/glob.hpp"
#include "lectr/base/time_text.hpp"

namespace lectr::config {
namespace {

constexpr char kDowngrades[] =
#include "downgrades.inc"
    ;
constexpr char kDeprecations[] =
#include "deprecations.inc"
    ;

constexpr Error kBadLine{Code::corrupt, Fault::us, Again::no, "a line of the model data does not read"};

std::string_view take(std::string_view& rest, char separator) noexcept {
  const auto at = rest.find(separator);
  const std::string_view piece = rest.substr(0, at);
  rest = at == rest.npos ? std::string_view{} : rest.substr(at + 1);
  return piece;
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty())
    if (const auto word = take(text, ' '); !word.empty()) out.emplace_back(word);
  return out;
}

bool read_day(std::string_view text, std::int64_t& us) {
  const auto at = parse_rfc3339(std::string{text} + "T00:00:00Z");
  us = at.value_or(0);
  return at.has_value();
}

bool read_downgrade(std::string_view rest, Downgrade& out) {
  out.provider = take(rest, '\t');
  out.models = words(take(rest, '\t'));
  std::string_view to = take(rest, '\t');
  out.to_provider = take(to, '/');  // the model may have slashes of its own
  out.to_model = to;
  out.note = rest;
  return !out.provider.empty() && !out.models.empty() && !out.to_provider.empty() && !out.to_model.empty() && !out.note.empty();
}

bool read_deprecation(std::string_view rest, Deprecation& out) {
  out.provider = take(rest, '\t');
  out.models = words(take(rest, '\t'));
  const std::string_view announced = take(rest, '\t');
  const bool dated = (announced == "-" || read_day(announced, out.announced_us)) && read_day(take(rest, '\t'), out.ends_us);
  out.replacement = take(rest, '\t');
  out.source = rest;
  return dated && !out.provider.empty() && !out.models.empty() && out.source.starts_with("https://");
}

// Calls `read` with what follows the "d" of each line; false: one does not read, or there is no version.
template <class Read>
bool each_line(std::string_view text, std::string& version, Read read) {
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    if (line.empty() || line.starts_with('#')) continue;
    const std::string_view kind = take(line, '\t');
    if (kind == "v")
      version = line;
    else if (kind != "d" || !read(line))
      return false;
  }
  return !version.empty();
}

bool any_matches(const std::vector<std::string>& globs, std::string_view model) noexcept {
  return std::any_of(globs.begin(), globs.end(), [model](const std::string& glob) { return glob_matches(glob, model); });
}

}  // namespace

Result<Advice> parse_advice(std::string_view downgrades, std::string_view deprecations) {
  Advice advice;
  const bool good = each_line(downgrades, advice.downgrades_version,
                              [&](std::string_view line) { return read_downgrade(line, advice.downgrades.emplace_back()); }) &&
                    each_line(deprecations, advice.deprecations_version,
                              [&](std::string_view line) { return read_deprecation(line, advice.deprecations.emplace_back()); });
  if (!good) return kBadLine;
  return advice;
}

const Advice& builtin_advice() {
  static const Advice advice = parse_advice({kDowngrades, sizeof kDowngrades - 1}, {kDeprecations, sizeof kDeprecations - 1}).value();
  return advice;
}

std::vector<const Downgrade*> downgrades_of(const Advice& advice, std::string_view provider, std::string_view model) {
  std::vector<const Downgrade*> out;
  for (const Downgrade& d : advice.downgrades)
    if (d.provider == provider && any_matches(d.models, model) && (d.to_provider != provider || d.to_model != model)) out.push_back(&d);
  return out;
}

const Deprecation* deprecation_of(const Advice& advice, std::string_view provider, std::string_view model) noexcept {
  for (const Deprecation& d : advice.deprecations)
    if (d.provider == provider && any_matches(d.models, model)) return &d;
  return nullptr;
}

}  // namespace lectr::config
