#include "wire/multipart_scan.hpp"

#include <cstring>

#include "lectr/base/text.hpp"

namespace lectr::wire {
namespace {

// The value of a parameter (RFC 9110 §5.6.6) behind the first ';', unescaped into out. Returns its length; size of out + 1: too long; 0: none.
std::size_t parameter(std::string_view header, std::string_view name, char* out, std::size_t room) noexcept {
  for (std::size_t i = header.find(';'); i < header.size(); i = header.find(';', i)) {
    const std::size_t begin = ++i;
    while (i < header.size() && header[i] != '=' && header[i] != ';') ++i;
    if (i == header.size() || header[i] == ';') continue;
    const bool wanted = iequals(trim(header.substr(begin, i - begin)), name);
    for (++i; i < header.size() && (header[i] == ' ' || header[i] == '\t');) ++i;
    const bool quoted = i < header.size() && header[i] == '"';
    std::size_t length = 0;
    for (i += quoted; i < header.size(); ++i) {
      if (quoted ? header[i] == '"' : header[i] == ';' || header[i] == ' ' || header[i] == '\t') break;
      if (quoted && header[i] == '\\' && i + 1 < header.size()) ++i;
      if (length < room) out[length] = header[i];
      ++length;
    }
    if (wanted) return length <= room ? length : room + 1;
  }
  return 0;
}

}  // namespace

bool MultipartScan::reset(std::string_view content_type) noexcept {
  char boundary[kMaxBoundary];
  const std::size_t size = parameter(content_type, "boundary", boundary, kMaxBoundary);
  *this = MultipartScan{};
  if (size == 0 || size > kMaxBoundary || boundary[size - 1] == ' ') return false;
  for (std::size_t i = 0; i < size; ++i)
    if (static_cast<unsigned char>(boundary[i]) < 0x20 || static_cast<unsigned char>(boundary[i]) > 0x7E) return false;
  std::memcpy(delimiter_, "\r\n--", 4);
  std::memcpy(delimiter_ + 4, boundary, size);
  delimiter_length_ = static_cast<std::uint8_t>(size + 4);
  state_ = State::preamble;
  matched_ = 2;  // the first delimiter needs no line end before it
  return true;
}

void MultipartScan::begin_headers() noexcept {
  state_ = State::header;
  header_bytes_ = 0;
  line_length_ = 0;
  line_is_empty_ = true;
  name_length_ = 0;
}

void MultipartScan::read_disposition() noexcept {
  std::string_view line{line_, line_length_};
  if (line.ends_with('\r')) line.remove_suffix(1);
  const std::size_t colon = line.find(':');
  if (colon == line.npos || !iequals(trim(line.substr(0, colon)), "content-disposition")) return;
  const std::size_t size = parameter(line.substr(colon + 1), "name", name_, kMaxName);
  name_length_ = static_cast<std::uint8_t>(size <= kMaxName ? size : 0);
}

}  // namespace lectr::wire
