#include "policy/price_lookup.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "lectr/base/event.hpp"
#include "lectr/base/text.hpp"

namespace lectr::policy {
namespace {

using config::ModelPrice;
using Periods = std::vector<ModelPrice>;

bool digits(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool starts_with_year(std::string_view text) noexcept { return text.starts_with("20") && text.size() >= 4 && digits(text.substr(0, 4)); }

// "20260131" or "2026-01-31".
bool is_date(std::string_view text) noexcept {
  if (!starts_with_year(text)) return false;
  if (text.size() == 8) return digits(text);
  return text.size() == 10 && text[4] == '-' && text[7] == '-' && digits(text.substr(5, 2)) && digits(text.substr(8));
}

// What a family of names goes on with, as the price data's prefix rules mean it: "-001", "-09-2025", "-preview", "-preview-05-06", "-exp-0827",
// "-latest", "@20260131", "-preview-2025-06-03". Anything else may be another model: "-5" after "claude-sonnet-5" is.
bool is_variant(std::string_view rest) noexcept {
  if (rest.starts_with('@')) return rest == "@latest" || is_date(rest.substr(1));
  for (const std::string_view word : {"-preview", "-latest", "-exp"})
    if (rest.starts_with(word)) {
      rest.remove_prefix(word.size());
      break;
    }
  if (rest.empty()) return true;
  if (rest.front() != '-') return false;
  rest.remove_prefix(1);
  if (is_date(rest)) return true;
  if (rest.size() == 3 || rest.size() == 4) return digits(rest);
  const auto dash = rest.find('-');
  return dash == 2 && digits(rest.substr(0, 2)) && digits(rest.substr(3)) && (rest.size() == 5 || rest.size() == 7);
}

// "provider/model" in lower case, without Gemini's "models/" and without the "[1m]" that Anthropic's own client puts behind a name; the model
// part can be cut shorter.
class Key {
 public:
  Key(std::string_view provider, std::string_view model) noexcept {
    if (istarts_with(model, "models/")) model.remove_prefix(7);
    if (model.ends_with("[1m]")) model.remove_suffix(4);
    if (provider.size() + model.size() + 2 > text_.size()) return;
    char* end = std::transform(provider.begin(), provider.end(), text_.begin(), ascii_lower);
    *end++ = '/';
    model_at_ = static_cast<std::size_t>(end - text_.data());
    end = std::transform(model.begin(), model.end(), end, ascii_lower);
    size_ = static_cast<std::size_t>(end - text_.data());
  }
  std::string_view whole() const noexcept { return {text_.data(), size_}; }
  std::string_view model() const noexcept { return whole().substr(model_at_); }
  std::string_view cut(std::size_t model_size) const noexcept { return whole().substr(0, model_at_ + model_size); }
  // The same cut as the name of a family. Overwrites the character behind it for the time of the call only.
  template <class Ask>
  auto family(std::size_t model_size, Ask&& ask) noexcept {
    const std::size_t at = model_at_ + model_size;
    const char kept = std::exchange(text_[at], '*');
    auto answer = ask(std::string_view{text_.data(), at + 1});
    text_[at] = kept;
    return answer;
  }

 private:
  std::array<char, kMaxProvider + kMaxModel + 2> text_{};
  std::size_t size_ = 0, model_at_ = 0;
};

const Periods* look_up(const config::PriceTable& table, std::string_view key) noexcept {
  const auto found = table.models.find(key);
  return found == table.models.end() ? nullptr : &found->second;
}

// Fine-tuned models are named after what they were made from and then as their owner likes.
bool names_own_variants(std::string_view model) noexcept { return model.starts_with("ft:") || model.find(".ft-") != model.npos; }

Listed find_own(const config::PriceTable& table, std::string_view provider, std::string_view model) noexcept {
  Key key{provider, model};
  const std::string_view name = key.model();
  if (name.empty()) return {};
  if (const Periods* exact = look_up(table, key.whole())) return {exact, false};
  if (name.size() > 11 && name[name.size() - 11] == '-' && is_date(name.substr(name.size() - 10)))
    if (const Periods* alias = look_up(table, key.cut(name.size() - 11))) return {alias, true};
  if (name.size() > 9 && (name[name.size() - 9] == '-' || name[name.size() - 9] == '@') && is_date(name.substr(name.size() - 8)))
    if (const Periods* alias = look_up(table, key.cut(name.size() - 9))) return {alias, true};
  const bool open = names_own_variants(name);
  for (std::size_t size = name.size(); size-- > 1;) {  // the longest family first
    const bool boundary = name[size] == '-' || name[size] == '@' || (open && (name[size - 1] == '-' || name[size] == ':'));
    if (!boundary || (!open && !is_variant(name.substr(size)))) continue;
    if (const Periods* family = key.family(size, [&](std::string_view k) { return look_up(table, k); })) return {family, true};
  }
  return {};
}

bool holds(const ModelPrice& price, std::int64_t at_us) noexcept {
  constexpr std::int64_t kMinuteUs = 60'000'000, kDayMinutes = 1440;
  if (at_us < price.valid_from_us) return false;
  const std::int64_t minutes = at_us / kMinuteUs, of_day = minutes % kDayMinutes;
  const auto weekday = static_cast<unsigned>((minutes / kDayMinutes + 3) % 7);  // 1970-01-01 was a Thursday
  if ((price.weekdays >> weekday & 1u) == 0) return false;
  if (price.hours_from_min == price.hours_to_min) return true;
  if (price.hours_from_min < price.hours_to_min) return of_day >= price.hours_from_min && of_day < price.hours_to_min;
  return of_day >= price.hours_from_min || of_day < price.hours_to_min;  // over midnight
}

}  // namespace

Listed find_listed(const config::PriceTable& table, std::string_view provider, std::string_view model) noexcept {
  Listed listed = find_own(table, provider, model);
  if (listed.periods) return listed;
  if (const auto others = table.fallbacks.find(provider); others != table.fallbacks.end())
    for (const std::string& other : others->second) {
      listed = find_own(table, other, model);
      if (listed.periods) break;
    }
  return listed;
}

const ModelPrice* price_at(const Listed& listed, std::int64_t at_us) noexcept {
  if (!listed.periods) return nullptr;
  for (auto period = listed.periods->rbegin(); period != listed.periods->rend(); ++period)
    if (holds(*period, at_us)) return &*period;
  return nullptr;
}

}  // namespace lectr::policy
