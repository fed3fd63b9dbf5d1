#include "app/demo/modes.hpp"

#include <charconv>

#include "app/demo/request.hpp"
#include "lectr/base/text.hpp"

namespace lectr::demo {
namespace {

using std::chrono::milliseconds;

constexpr long kLargest = 1L << 32;  // no mode needs more, and sums stay far from overflow

std::optional<long> number(std::string_view text) noexcept {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value < 0 || value > kLargest) return std::nullopt;
  return value;
}

using Apply = void (*)(Modes&, std::optional<long>);
struct Mode {
  std::string_view name;
  Apply apply;
};

constexpr Mode kModes[] = {
    {"latency", [](Modes& m, std::optional<long> n) { m.latency = milliseconds{n.value_or(100)}; }},
    {"chunk-ms", [](Modes& m, std::optional<long> n) { m.chunk_gap = milliseconds{n.value_or(20)}; }},
    {"chunks", [](Modes& m, std::optional<long> n) { m.chunks = static_cast<unsigned>(n.value_or(16)); }},
    {"chunk-bytes", [](Modes& m, std::optional<long> n) { m.chunk_bytes = static_cast<std::size_t>(n.value_or(0)); }},
    {"error", [](Modes& m, std::optional<long> n) { m.status = static_cast<unsigned>(n.value_or(500)); }},
    {"cut", [](Modes& m, std::optional<long> n) { m.cut_after = static_cast<unsigned>(n.value_or(3)); }},
    {"stall", [](Modes& m, std::optional<long> n) { m.stall_after = static_cast<unsigned>(n.value_or(3)); }},
    {"big", [](Modes& m, std::optional<long> n) { m.bytes = static_cast<std::size_t>(n.value_or(10 << 20)); }},
    {"reset", [](Modes& m, std::optional<long>) { m.reset = true; }},
    {"garble", [](Modes& m, std::optional<long>) { m.garble = true; }},
    {"early", [](Modes& m, std::optional<long>) { m.early = true; }},
    {"slow-head", [](Modes& m, std::optional<long>) { m.slow_head = true; }},
    {"long-line", [](Modes& m, std::optional<long>) { m.long_line = true; }},
    {"utf8", [](Modes& m, std::optional<long>) { m.utf8 = true; }},
    {"trailer", [](Modes& m, std::optional<long>) { m.trailer = true; }},
    {"early-hints", [](Modes& m, std::optional<long>) { m.informational = true; }},
    {"input-tokens", [](Modes& m, std::optional<long> n) { m.tokens_input = n; }},
    {"output-tokens", [](Modes& m, std::optional<long> n) { m.tokens_output = n; }},
    {"cached-tokens", [](Modes& m, std::optional<long> n) { m.tokens_cached = n; }},
    {"reasoning-tokens", [](Modes& m, std::optional<long> n) { m.tokens_reasoning = n; }},
};

// Headers whose name is not "x-mock-" and a mode's name.
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
    {"latency-ms", "latency"}, {"status", "error"}, {"cut-after", "cut"}, {"stall-after", "stall"}, {"bytes", "big"}};

void apply(Modes& modes, std::string_view name, std::optional<long> argument) noexcept {
  for (const auto& [alias, meant] : kAliases)
    if (iequals(name, alias)) name = meant;
  for (const Mode& mode : kModes)
    if (iequals(name, mode.name)) return mode.apply(modes, argument);
}

// "cut-3" is mode cut with 3; "slow-head" has no number.
void apply_word(Modes& modes, std::string_view word) noexcept {
  word = trim(word);
  const std::size_t dash = word.rfind('-');
  if (dash != word.npos)
    if (const auto n = number(word.substr(dash + 1))) return apply(modes, word.substr(0, dash), n);
  apply(modes, word, std::nullopt);
}

Coding coding_of(std::string_view name) noexcept {
  constexpr std::pair<std::string_view, Coding> kCodings[] = {
      {"gzip", Coding::gzip}, {"deflate", Coding::deflate}, {"br", Coding::br}, {"zstd", Coding::zstd}};
  for (const auto& [known, coding] : kCodings)
    if (iequals(name, known)) return coding;
  return Coding::none;
}

bool lists(std::string_view header, std::string_view word) noexcept {
  while (!header.empty()) {
    const std::size_t comma = std::min(header.find(','), header.size());
    std::string_view item = header.substr(0, comma);
    item = trim(item.substr(0, std::min(item.find(';'), item.size())));
    if (iequals(item, word) || item == "*") return true;
    header.remove_prefix(std::min(comma + 1, header.size()));
  }
  return false;
}

}  // namespace

Modes read_modes(const MockRequest& request) noexcept {
  Modes modes;
  constexpr std::string_view kPrefix = "x-mock-";
  for (const auto& field : request.fields()) {
    if (!istarts_with(field.name, kPrefix)) continue;
    const std::string_view name = field.name.substr(kPrefix.size());
    if (iequals(name, "mode")) {
      std::string_view rest = field.value;
      while (!rest.empty()) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        apply_word(modes, rest.substr(0, comma));
        rest.remove_prefix(std::min(comma + 1, rest.size()));
      }
    } else if (iequals(name, "framing")) {
      modes.framing = iequals(field.value, "chunked") ? Framing::chunked : iequals(field.value, "close") ? Framing::close : Framing::usual;
    } else if (iequals(name, "encoding")) {
      if (lists(request.header("accept-encoding"), field.value)) modes.coding = coding_of(field.value);
    } else if (const auto n = number(field.value)) {
      apply(modes, name, n);
    }
  }
  return modes;
}

void add_model_suffix(Modes& modes, std::string_view model) noexcept {
  std::size_t mark = model.find("--");
  while (mark != model.npos) {
    model.remove_prefix(mark + 2);
    mark = model.find("--");
    apply_word(modes, model.substr(0, std::min(mark, model.size())));
  }
}

}  // namespace lectr::demo
