#include "net/field_names.hpp"

#include <array>
#include <cstring>
#include <utility>

#include "lectr/base/text.hpp"

namespace lectr::net {
namespace {

struct Known {
  std::string_view name;  // lower case
  FieldId id;
};

constexpr std::array kKnown{Known{"host", FieldId::host},
                            Known{"connection", FieldId::connection},
                            Known{"keep-alive", FieldId::keep_alive},
                            Known{"proxy-connection", FieldId::proxy_connection},
                            Known{"te", FieldId::te},
                            Known{"transfer-encoding", FieldId::transfer_encoding},
                            Known{"content-length", FieldId::content_length},
                            Known{"upgrade", FieldId::upgrade},
                            Known{"trailer", FieldId::trailer},
                            Known{"expect", FieldId::expect},
                            Known{"proxy-authenticate", FieldId::proxy_authenticate},
                            Known{"proxy-authorization", FieldId::proxy_authorization},
                            Known{"authorization", FieldId::authorization},
                            Known{"content-type", FieldId::content_type},
                            Known{"content-encoding", FieldId::content_encoding},
                            Known{"retry-after", FieldId::retry_after},
                            Known{"sec-websocket-protocol", FieldId::sec_websocket_protocol},
                            Known{"x-lectr-key", FieldId::lectr_key},
                            Known{"x-lectr-feature", FieldId::lectr_feature},
                            Known{"x-lectr-task", FieldId::lectr_task},
                            Known{"x-lectr-provider", FieldId::lectr_provider},
                            Known{"x-lectr-debug", FieldId::lectr_debug},
                            Known{"x-api-key", FieldId::x_api_key},
                            Known{"api-key", FieldId::api_key},
                            Known{"x-goog-api-key", FieldId::x_goog_api_key},
                            Known{"anthropic-version", FieldId::anthropic_version},
                            Known{"x-stainless-retry-count", FieldId::client_retry_count},
                            Known{"x-stainless-timeout", FieldId::client_timeout},
                            Known{"x-stainless-read-timeout", FieldId::client_timeout},
                            Known{"x-server-timeout", FieldId::client_timeout},
                            Known{"x-request-id", FieldId::provider_request_id},
                            Known{"request-id", FieldId::provider_request_id},
                            Known{"apim-request-id", FieldId::provider_request_id},
                            Known{"traceparent", FieldId::traceparent}};

// A hash under which no two known names are the same: one look tells which one a name can be. Case must not matter.
struct Hash {
  std::size_t by_size = 0, by_first = 0;
  constexpr std::size_t operator()(std::string_view name) const noexcept {
    const auto at = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(name[i]) | 0x20U); };
    return (name.size() * by_size + at(0) * by_first + at(name.size() - 1) + at(name.size() / 2) * 3) % kSlots;
  }
  static constexpr std::size_t kSlots = 256;
};

constexpr Hash kHash = [] {
  for (std::size_t by_size = 1; by_size < 64; ++by_size)
    for (std::size_t by_first = 1; by_first < 64; ++by_first) {
      const Hash hash{by_size, by_first};
      std::array<bool, Hash::kSlots> taken{};
      bool good = true;
      for (const Known& known : kKnown) good = good && !std::exchange(taken[hash(known.name)], true);
      if (good) return hash;
    }
  throw "no such hash: more slots are needed";
}();

constexpr auto kSlots = [] {  // 0: no known name, else its place in kKnown, counted from 1
  std::array<std::uint8_t, Hash::kSlots> slots{};
  for (std::size_t i = 0; i < kKnown.size(); ++i) slots[kHash(kKnown[i].name)] = static_cast<std::uint8_t>(i + 1);
  return slots;
}();

// A token's letters in lower case, eight at a time. Of the characters a token may have, this makes one of [a-z0-9-] only of itself and of
// its capital, and known names have no others.
std::uint64_t lower8(const char* p) noexcept {
  std::uint64_t v = 0;
  std::memcpy(&v, p, sizeof v);
  return v | 0x2020202020202020U;
}

bool is(std::string_view name, std::string_view known) noexcept {
  constexpr std::size_t kStep = sizeof(std::uint64_t);
  if (name.size() != known.size()) return false;
  if (name.size() < kStep) return iequals(name, known);
  const auto same = [&](std::size_t at) { return lower8(name.data() + at) == lower8(known.data() + at); };
  for (std::size_t at = 0; at + kStep < name.size(); at += kStep)
    if (!same(at)) return false;
  return same(name.size() - kStep);  // the last eight, some of them for the second time
}

}  // namespace

FieldId field_id(std::string_view name) noexcept {
  if (name.empty()) return FieldId::other;
  const std::size_t slot = kSlots[kHash(name)];
  if (slot != 0 && is(name, kKnown[slot - 1].name)) return kKnown[slot - 1].id;
  constexpr std::string_view kOurs = "x-lectr-";
  static_assert(kOurs.size() == sizeof(std::uint64_t));
  if (name.size() < kOurs.size() || lower8(name.data()) != lower8(kOurs.data())) return FieldId::other;
  return istarts_with(name, "x-lectr-provider-key-") ? FieldId::lectr_provider_key : FieldId::lectr_other;
}

}  // namespace lectr::net
