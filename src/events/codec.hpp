// The byte form of an event, shared by queue and journal.
//
//   record = u32 length of body | u32 CRC-32C of body | body          (little endian)
//   body   = u8 version | 16 bytes id | fields in the order of codec.cpp
// Numbers are varints (LEB128), signed ones zigzag; a text is its length and its bytes. A reader refuses every version it does not know,
// texts beyond their bound, enum values out of range, and bytes left over: journal bytes are never trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lectr/base/event.hpp"
#include "lectr/base/result.hpp"

namespace lectr::events {

inline constexpr std::uint8_t kCodecVersion = 3;
inline constexpr std::size_t kRecordHead = 8;
inline constexpr std::size_t kMaxRecord = 2880;  // more than all texts and numbers at their bounds (codec.cpp asserts it)
// Bounds of texts that event.hpp leaves open.
inline constexpr std::size_t kMaxMethod = 16, kMaxRule = 128, kMaxPriceVersion = 64;

// Writes one record to `out`, which has room for kMaxRecord bytes; returns its size. Longer texts are cut at a UTF-8 boundary.
std::size_t encode_to(const Event& event, char* out) noexcept;
// As decode() of queue.hpp, into an event whose strings keep their capacity. On an error `in` and `event` are unspecified but valid.
Result<void> decode_into(std::string_view& in, Event& event);
// The same for the one record that `record` is, of which checked_record() said that it holds.
Result<void> decode_checked(std::string_view record, Event& event);
// Size of the first record including its head, by its length field alone; 0: incomplete head or a length that no record has.
std::size_t record_size(std::string_view in) noexcept;
// The same, but only if the record is all there and its CRC holds.
std::size_t checked_record(std::string_view in) noexcept;

}  // namespace lectr::events
