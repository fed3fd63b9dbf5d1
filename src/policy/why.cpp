#include "lectr/policy/why.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "lectr/base/event.hpp"
#include "lectr/base/text.hpp"

namespace lectr::policy {
namespace {

constexpr std::string_view kMore = " +";
constexpr std::size_t kUsual = 128;  // what most rows need: grown to once
constexpr std::array<bool, 256> plain_characters() noexcept {
  std::array<bool, 256> out{};
  for (std::size_t c = 0x21; c < out.size(); ++c) out[c] = c != 0x7F;
  for (const char c : std::string_view{"%;=,:+"}) out[static_cast<unsigned char>(c)] = false;
  return out;
}
constexpr std::array<bool, 256> kPlain = plain_characters();

bool plain(char c) noexcept { return kPlain[static_cast<unsigned char>(c)]; }

void append_name(std::string& out, std::string_view name) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  name = cut_utf8(name, kWhyName);
  std::size_t first = 0;  // that is not plain: there is hardly ever one
  while (first < name.size() && plain(name[first])) ++first;
  out.append(name.data(), first);
  for (const char c : name.substr(first)) {
    if (plain(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

bool full(std::string_view why) noexcept { return why.ends_with(kMore); }

// What was appended from `before` on stays in whole or not at all, so that a reader never meets half a name.
void keep_whole(std::string& why, std::size_t before) {
  if (why.size() + kMore.size() > kMaxWhy) why.replace(before, why.npos, kMore);
}

char last_section(std::string_view why) noexcept {
  const std::size_t space = why.rfind(' ');
  const std::string_view last = why.substr(space == why.npos ? 0 : space + 1);
  return last.size() > 1 && last[1] == ':' ? last[0] : '\0';
}

int hex(char c) noexcept { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

std::optional<std::string> read_name(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (!plain(text[i])) return {};
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) return {};
    out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
    i += 2;
  }
  return out;
}

// The part before `separator`, which is taken off; all of it if there is none.
std::string_view take_until(std::string_view& text, char separator) noexcept {
  const std::size_t at = text.find(separator);
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + 1);
  return head;
}

std::optional<WhyTarget> read_target(std::string_view text) {
  std::string_view place = take_until(text, '=');
  const auto provider = read_name(take_until(place, '/'));
  const auto model = read_name(place);
  const auto outcome = read_name(take_until(text, ','));
  if (!provider || !model || !outcome || outcome->empty()) return {};
  WhyTarget out{*provider, *model, *outcome, -1};
  if (text.empty()) return out;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), out.ms);
  if (bad != std::errc{} || std::string_view{end, static_cast<std::size_t>(text.data() + text.size() - end)} != "ms") return {};
  return out;
}

bool read_section(Why& out, char letter, std::string_view value) {
  if (letter == 't') {
    while (!value.empty()) {
      auto target = read_target(take_until(value, ';'));
      if (!target) return false;
      out.targets.push_back(std::move(*target));
    }
    return true;
  }
  auto name = read_name(value);
  if (!name) return false;
  switch (letter) {
    case 'r': out.rule = std::move(*name); break;
    case 's': out.shadow = std::move(*name); break;
    case 'p': out.asked_provider = std::move(*name); break;
    case 'n': out.note = std::move(*name); break;
    default: out.others.push_back({letter, std::move(*name)});
  }
  return true;
}

}  // namespace

void why_section(std::string& why, char letter, std::string_view value) {
  if (full(why)) return;
  if (why.empty()) why.reserve(kUsual);
  const std::size_t before = why.size();
  if (before != 0) why += ' ';
  why += letter;
  why += ':';
  append_name(why, value);
  keep_whole(why, before);
}

void why_target(std::string& why, std::string_view provider, std::string_view model, std::string_view outcome, std::int64_t ms) {
  if (full(why)) return;
  if (why.empty()) why.reserve(kUsual);
  const std::size_t before = why.size();
  why.append(last_section(why) == 't' ? ";" : why.empty() ? "t:" : " t:");
  append_name(why, provider);
  why += '/';
  append_name(why, model);
  why += '=';
  append_name(why, outcome);
  if (ms >= 0) {
    char digits[20];
    why += ',';
    why.append(digits, std::to_chars(digits, digits + sizeof digits, ms).ptr).append("ms");
  }
  keep_whole(why, before);
}

std::optional<Why> read_why(std::string_view text) {
  Why out;
  while (!text.empty()) {
    const std::string_view section = take_until(text, ' ');
    if (section == "+") {
      out.cut = true;
      continue;
    }
    if (section.size() < 2 || section[1] != ':' || !read_section(out, section[0], section.substr(2))) return {};
  }
  return out;
}

}  // namespace lectr::policy
