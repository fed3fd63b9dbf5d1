// CRC-32C (RFC 3720 appendix B.4): guards every record of the queue and the journal against torn writes and bit rot.
#pragma once

#include <cstdint>
#include <string_view>

namespace lectr::events {

std::uint32_t crc32c(std::string_view bytes) noexcept;
// The portable way, for machines without the instruction; public so that a test can compare both.
std::uint32_t crc32c_table(std::string_view bytes) noexcept;

}  // namespace lectr::events
