// How control_parse.cpp and channels.cpp take a JSON document apart.
#pragma once

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lectr/base/text.hpp"
#include "lectr/config/control.hpp"

namespace lectr::config {

constexpr std::size_t kMaxProblems = 100;

inline bool printable(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// One object of the document: takes its members by name, and says which are unknown or unfit. A member that is not given leaves its default.
class Members {
 public:
  Members(const nlohmann::json& object, std::string path, Problems& problems, std::initializer_list<std::string_view> known)
      : object_{object}, path_{std::move(path)}, problems_{problems} {
    if (!object.is_object()) {
      refuse("", "an object is needed");
      return;
    }
    for (const auto& [name, value] : object.items())
      if (std::find(known.begin(), known.end(), name) == known.end()) refuse(name.substr(0, kMaxControlName), "there is no such field");
  }

  void text(const char* name, std::string& out, std::size_t longest) {
    const nlohmann::json* value = find(name);
    if (value == nullptr) return;
    if (!value->is_string()) return refuse(name, "a text is needed");
    const auto& given = value->get_ref<const std::string&>();
    if (given.size() > longest) return refuse(name, "is longer than " + std::to_string(longest) + " bytes");
    if (!printable(given)) return refuse(name, "holds control characters");
    out = given;
  }
  void name_of(std::string& out) {
    const nlohmann::json* value = find("name");
    if (object_.is_object() && (value == nullptr || *value == "")) return refuse("name", "is needed");
    text("name", out, kMaxControlName);
  }
  void flag(const char* name, bool& out) {
    const nlohmann::json* value = find(name);
    if (value == nullptr) return;
    if (!value->is_boolean()) return refuse(name, "true or false is needed");
    out = value->get<bool>();
  }
  template <class Number>
  void number(const char* name, Number& out, std::int64_t least, std::int64_t most) {
    if (const nlohmann::json* value = find(name)) take_number(*value, name, out, least, most);
  }
  void money(const char* name, std::optional<NanoMoney>& out, bool may_be_zero) {
    const nlohmann::json* value = find(name);
    if (value == nullptr || value->is_null()) return;
    std::optional<NanoMoney> amount;
    if (value->is_string()) amount = NanoMoney::parse(value->get_ref<const std::string&>());
    if (value->is_number_integer()) amount = NanoMoney::parse(value->dump());
    if (!amount) return refuse(name, "an amount of dollars as text is needed, like \"12.50\", with at most 9 decimal places");
    if (amount->nano < 0 || (amount->nano == 0 && !may_be_zero)) return refuse(name, may_be_zero ? "is below zero" : "must be more than zero");
    if (amount->nano > 9'000'000 * NanoMoney::kPerDollar) return refuse(name, "is more than 9000000 dollars");
    out = amount;
  }
  // Dollars per million tokens as text, to 1e-15 USD per token; nine decimal places are exact in both.
  void price(const char* name, std::optional<std::int64_t>& out) {
    constexpr std::int64_t kPerMillion = 1'000'000;
    const nlohmann::json* value = find(name);
    if (value == nullptr || value->is_null()) return;
    std::optional<Money> amount;
    if (value->is_string()) amount = Money::parse(value->get_ref<const std::string&>());
    if (value->is_number_integer()) amount = Money::parse(value->dump());
    if (!amount || amount->femto < 0 || amount->femto % kPerMillion != 0)
      return refuse(name, "dollars per million tokens as text are needed, like \"0.15\", with at most nine decimal places");
    out = amount->femto / kPerMillion;
  }
  template <class Enum, std::size_t N>
  void word(const char* name, Enum& out, const std::pair<std::string_view, Enum> (&words)[N]) {
    const nlohmann::json* value = find(name);
    if (value == nullptr) return;
    std::string all;
    for (const auto& [text, choice] : words) {
      if (value->is_string() && value->get_ref<const std::string&>() == text) return void(out = choice);
      all += (all.empty() ? "" : ", ") + std::string{text};
    }
    refuse(name, "must be one of " + all);
  }
  // Calls take(element, path) for each element of a list.
  template <class Take>
  void list(const char* name, std::size_t most, Take take) {
    const nlohmann::json* value = find(name);
    if (value == nullptr) return;
    if (!value->is_array()) return refuse(name, "a list is needed");
    if (value->size() > most) return refuse(name, "has more than " + std::to_string(most) + " elements");
    for (std::size_t i = 0; i < value->size(); ++i) take((*value)[i], path_to(name) + '[' + std::to_string(i) + ']');
  }
  void numbers(const char* name, std::vector<int>& out, std::size_t count, int least, int most) {
    list(name, count, [&](const nlohmann::json& element, const std::string& path) {
      int value = 0;
      Members{nlohmann::json::object(), path, problems_, {}}.take_number(element, "", value, least, most);
      out.push_back(value);
    });
  }
  void texts_by_text(const char* name, std::map<std::string, std::string>& out, std::size_t most, std::size_t longest) {
    const nlohmann::json* value = find(name);
    if (value == nullptr) return;
    if (!value->is_object()) return refuse(name, "an object of texts is needed");
    if (value->size() > most) return refuse(name, "has more than " + std::to_string(most) + " members");
    for (const auto& [key, element] : value->items()) {
      const bool good = element.is_string() && key.size() <= longest && element.get_ref<const std::string&>().size() <= longest && printable(key) &&
                        printable(element.get_ref<const std::string&>());
      if (!good) return refuse(name, "every member is a text of at most " + std::to_string(longest) + " bytes");
      out.emplace(lower(key), lower(element.get<std::string>()));
    }
  }
  const nlohmann::json* find(const char* name) const {
    if (!object_.is_object()) return nullptr;
    const auto at = object_.find(name);
    return at == object_.end() ? nullptr : &*at;
  }
  std::string path_to(std::string_view name) const {
    return path_.empty() ? std::string{name} : name.empty() ? path_ : path_ + '.' + std::string{name};
  }
  void refuse(std::string_view name, std::string reason) {
    if (problems_.size() < kMaxProblems) problems_.push_back({{}, path_to(name), std::move(reason)});
  }

 private:
  template <class Number>
  void take_number(const nlohmann::json& value, const char* name, Number& out, std::int64_t least, std::int64_t most) {
    const bool fits = value.is_number_unsigned() ? value.get<std::uint64_t>() <= static_cast<std::uint64_t>(most) : value.is_number_integer();
    if (!fits || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most)
      return refuse(name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most) + " is needed");
    out = static_cast<Number>(value.get<std::int64_t>());
  }

  const nlohmann::json& object_;
  std::string path_;
  Problems& problems_;
};

}  // namespace lectr::config
