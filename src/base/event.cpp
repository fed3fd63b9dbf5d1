#include "lectr/base/event.hpp"

#include <iterator>

namespace lectr {
namespace {

constexpr std::string_view kSources[] = {"none", "proxy", "provider", "client"};
constexpr std::string_view kCategories[] = {"none",    "rate",    "capacity", "money",       "auth",    "request", "safety",
                                            "timeout", "network", "protocol", "client_gone", "refused", "internal"};
constexpr std::string_view kTokenSources[] = {"none", "provider", "measured"};
constexpr std::string_view kCostSources[] = {"none", "price_table", "matched_alias", "org_override", "unknown_model"};
constexpr std::string_view kVerdicts[] = {"none", "complete", "truncated", "stalled", "malformed", "client_gone"};

template <class Enum, std::size_t N>
std::string_view name_of(Enum value, const std::string_view (&names)[N]) noexcept {
  const auto i = static_cast<std::size_t>(value);
  return i < N ? names[i] : std::string_view{"none"};
}

}  // namespace

std::string_view to_text(ErrorSource v) noexcept { return name_of(v, kSources); }
std::string_view to_text(ErrorCategory v) noexcept { return name_of(v, kCategories); }
std::string_view to_text(TokenSource v) noexcept { return name_of(v, kTokenSources); }
std::string_view to_text(CostSource v) noexcept { return name_of(v, kCostSources); }
std::string_view to_text(Verdict v) noexcept { return name_of(v, kVerdicts); }

}  // namespace lectr
