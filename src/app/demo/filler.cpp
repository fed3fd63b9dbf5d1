#include "app/demo/filler.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/demo/build_text.hpp"

namespace lectr::demo {
namespace {

constexpr std::string_view kPlain = "The quick answer is yes, and the long answer is that it depends on what you measure. ";
constexpr std::string_view kMany = "naïve Zürich – 東京タワー 🚀 Größe ½ łódź 😀 ";
constexpr std::string_view kWords[] = {"Sure", ", ", "here", " is", " a", " short", " answer", ": ", "the", " request", " was", " understood", ". "};
constexpr std::string_view kManyWords[] = {"Grüße ", "aus ", "東京", " 🚀", " é", "ł", "ódź ", "😀 "};

}  // namespace

void append_filler(std::string& out, std::size_t total, std::size_t from, std::size_t count, bool utf8) {
  const std::string_view pattern = utf8 ? kMany : kPlain;
  const std::size_t whole = utf8 ? total / pattern.size() * pattern.size() : total;  // beyond: padding, so that no character is cut
  const std::size_t end = std::min(total, from + count);
  out.reserve(out.size() + (end > from ? end - from : 0));
  while (from < std::min(end, whole)) {
    const std::size_t at = from % pattern.size();
    const std::size_t piece = std::min(pattern.size() - at, std::min(end, whole) - from);
    out.append(pattern.substr(at, piece));
    from += piece;
  }
  if (from < end) out.append(end - from, 'x');
}

void append_frame_text(std::string& out, std::size_t i, std::size_t bytes, bool utf8) {
  if (bytes > 0) return append_filler(out, bytes, 0, bytes, utf8);
  out.append(utf8 ? kManyWords[i % std::size(kManyWords)] : kWords[i % std::size(kWords)]);
}

std::string quoted(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; });
  if (plain) return concat("\"", text, "\"");
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string id_text(std::uint64_t number) {
  std::string id;
  std::uint64_t state = number * 0x9E3779B97F4A7C15u + 0x1234567;
  while (id.size() < 24) {
    state ^= state >> 29;
    state *= 0xBF58476D1CE4E5B9u;
    for (int shift = 8; shift < 56; shift += 6) id += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789AB"[(state >> shift) & 63];
  }
  id.resize(24);
  return id;
}

}  // namespace lectr::demo
