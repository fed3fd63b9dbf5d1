#include "lectr/base/ids.hpp"

#include <bit>
#include <cstring>
#include <random>

namespace lectr {
namespace {

constexpr char kHex[] = "0123456789abcdef";

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool dash_at(std::size_t i) noexcept { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

std::string Uuid::to_text() const {
  std::string out(36, '-');
  std::size_t at = 0;
  for (const std::uint8_t b : bytes) {
    if (dash_at(at)) ++at;
    out[at++] = kHex[b >> 4];
    out[at++] = kHex[b & 15];
  }
  return out;
}

std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
  if (text.size() != 36) return {};
  Uuid id;
  std::size_t at = 0;
  for (std::uint8_t& b : id.bytes) {
    if (dash_at(at) && text[at++] != '-') return {};
    const int high = hex_value(text[at]), low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return {};
    b = static_cast<std::uint8_t>(high << 4 | low);
    at += 2;
  }
  return id;
}

UuidSource::UuidSource() {
  std::random_device system;
  for (auto& word : state_) word = (std::uint64_t{system()} << 32) | system();
  state_[0] |= 1;  // xoshiro must not start at all zeros
}

// xoshiro256** (Blackman, Vigna 2018): fast and well distributed; uniqueness needs no more, secrets come from elsewhere.
std::uint64_t UuidSource::dice() noexcept {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9, t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

Uuid UuidSource::next(std::int64_t unix_ms) noexcept {
  Uuid id;
  const std::uint64_t random[2] = {dice(), dice()};
  std::memcpy(id.bytes.data(), random, sizeof random);
  for (int i = 0; i < 6; ++i) id.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(unix_ms >> (40 - 8 * i));
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | (id.bytes[6] & 0x0F));  // version 7
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3F));  // RFC 9562 variant
  return id;
}

}  // namespace lectr
