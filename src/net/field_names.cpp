#include "net/field_names.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "lectr/base/text.hpp"

namespace lectr::net {
namespace {

struct Known {
  std::string_view name;  // lower case
  FieldId id;
};

constexpr auto kKnown = [] {
  std::array list{Known{"host", FieldId::host},
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
                  Known{"apim-request-id", FieldId::provider_request_id}};
  std::sort(list.begin(), list.end(), [](const Known& a, const Known& b) { return a.name.size() < b.name.size(); });
  return list;
}();
constexpr std::size_t kLongest = kKnown.back().name.size();

// Names of n characters are kKnown[kStart[n]] to kKnown[kStart[n + 1]]: a name is compared with few others, mostly with none.
constexpr auto kStart = [] {
  std::array<std::uint8_t, kLongest + 2> start{};
  for (std::size_t n = 0; n < start.size(); ++n)
    start[n] = static_cast<std::uint8_t>(std::count_if(kKnown.begin(), kKnown.end(), [n](const Known& k) { return k.name.size() < n; }));
  return start;
}();

// A token's letters in lower case, eight at a time. Of the characters a token may have, this makes one of [a-z0-9-] only of itself and of
// its capital, and known names have no others.
std::uint64_t lower8(const char* p, std::size_t n) noexcept {
  std::uint64_t v = 0;
  std::memcpy(&v, p, n);
  return v | 0x2020202020202020U;
}

bool is(std::string_view name, std::string_view known) noexcept {
  const char *a = name.data(), *b = known.data();
  std::size_t left = known.size();
  for (; left > 8; left -= 8, a += 8, b += 8)
    if (lower8(a, 8) != lower8(b, 8)) return false;
  return lower8(a, left) == lower8(b, left);
}

}  // namespace

FieldId field_id(std::string_view name) noexcept {
  if (name.empty()) return FieldId::other;
  const char first = static_cast<char>(name.front() | 0x20);
  if (name.size() <= kLongest)
    for (std::size_t i = kStart[name.size()]; i < kStart[name.size() + 1]; ++i)
      if (kKnown[i].name.front() == first && is(name, kKnown[i].name)) return kKnown[i].id;
  if (first != 'x' || !istarts_with(name, "x-lectr-")) return FieldId::other;
  return istarts_with(name, "x-lectr-provider-key-") ? FieldId::lectr_provider_key : FieldId::lectr_other;
}

}  // namespace lectr::net
