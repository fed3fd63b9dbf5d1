#include "api/cursor.hpp"

#include <array>
#include <cstring>

namespace lectr::api {
namespace {

constexpr char kBase64Url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kBytes = 33, kText = 44;
using Bytes = std::array<std::uint8_t, kBytes>;

void put_number(std::uint8_t* at, std::int64_t value) noexcept {
  for (int i = 0; i < 8; ++i) at[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (56 - 8 * i));
}
std::int64_t get_number(const std::uint8_t* at) noexcept {
  std::uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | at[i];
  return static_cast<std::int64_t>(value);
}

std::optional<Bytes> from_base64(std::string_view text) noexcept {
  if (text.size() != kText) return {};
  Bytes bytes;
  for (std::size_t i = 0; i < kText; i += 4) {
    unsigned three = 0;
    for (std::size_t j = i; j < i + 4; ++j) {
      const char* at = text[j] == '\0' ? nullptr : std::strchr(kBase64Url, text[j]);
      if (!at) return {};
      three = three << 6 | static_cast<unsigned>(at - kBase64Url);
    }
    for (std::size_t j = 0; j < 3; ++j) bytes[i / 4 * 3 + j] = static_cast<std::uint8_t>(three >> (16 - 8 * j));
  }
  return bytes;
}

}  // namespace

std::string encode_cursor(const store::RequestCursor& cursor, store::RequestSort sort) {
  Bytes bytes;
  bytes[0] = static_cast<std::uint8_t>(sort);
  put_number(&bytes[1], cursor.completed_at_us);
  std::memcpy(&bytes[9], cursor.id.bytes.data(), 16);
  put_number(&bytes[25], cursor.value);
  std::string out;
  for (std::size_t i = 0; i < kBytes; i += 3) {
    const unsigned three = bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2];
    for (int shift = 18; shift >= 0; shift -= 6) out += kBase64Url[three >> shift & 63];
  }
  return out;
}

std::optional<store::RequestCursor> decode_cursor(std::string_view text, store::RequestSort sort) noexcept {
  const auto bytes = from_base64(text);
  if (!bytes || (*bytes)[0] != static_cast<std::uint8_t>(sort)) return {};
  store::RequestCursor cursor;
  cursor.completed_at_us = get_number(&(*bytes)[1]);
  std::memcpy(cursor.id.bytes.data(), &(*bytes)[9], 16);
  cursor.value = get_number(&(*bytes)[25]);
  return cursor;
}

}  // namespace lectr::api
