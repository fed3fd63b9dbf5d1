#include "config/own_settings.hpp"

#include <set>

#include "lectr/base/event.hpp"

namespace lectr::config {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxReference = 400, kMaxUrl = 400, kMaxProviders = 200;
constexpr int kMaxDays = 3650, kLeastSigmaTenths = 10, kMostSigmaTenths = 100;
constexpr std::int64_t kPerMillion = 1'000'000;

OwnProvider provider_of(const Json& from, const std::string& path, Problems& problems) {
  OwnProvider provider;
  Members members{from, path, problems, {"name", "credential", "base_url"}};
  members.name_of(provider.name);
  provider.name = lower(std::move(provider.name));
  members.text("credential", provider.credential, kMaxReference);
  members.text("base_url", provider.base_url, kMaxUrl);
  return provider;
}

OwnModel model_of(const Json& from, const std::string& path, Problems& problems) {
  OwnModel model;
  Members members{from, path, problems, {"name", "provider"}};
  if (from.is_object() && members.find("name") == nullptr) members.refuse("name", "is needed");
  members.text("name", model.name, kMaxModel);
  members.text("provider", model.provider, kMaxProvider);
  if (from.is_object() && model.provider.empty()) members.refuse("provider", "is needed");
  model.name = lower(std::move(model.name));
  model.provider = lower(std::move(model.provider));
  return model;
}

PriceOverride price_of(const Json& from, const std::string& path, Problems& problems) {
  PriceOverride price;
  Members members{from, path, problems, {"provider", "model", "input", "output", "cached", "cache_write"}};
  members.text("provider", price.provider, kMaxProvider);
  members.text("model", price.model, kMaxModel);
  std::optional<std::int64_t> input, output;
  members.price("input", input);
  members.price("output", output);
  members.price("cached", price.cached);
  members.price("cache_write", price.cache_write);
  for (const char* needed : {"provider", "model", "input", "output"})
    if (from.is_object() && members.find(needed) == nullptr) members.refuse(needed, "is needed");
  price.provider = lower(std::move(price.provider));
  price.model = lower(std::move(price.model));
  price.input = input.value_or(0), price.output = output.value_or(0);
  return price;
}

// Text, as all decimals of a document are: "2.5".
void take_sigma(Members& members, int& tenths) {
  const Json* value = members.find("sigma");
  if (value == nullptr) return;
  std::optional<NanoMoney> number;
  if (value->is_string()) number = NanoMoney::parse(value->get_ref<const std::string&>());
  if (value->is_number_integer()) number = NanoMoney::parse(value->dump());
  constexpr std::int64_t kTenth = NanoMoney::kPerDollar / 10;
  if (!number || number->nano % kTenth != 0 || number->nano < kLeastSigmaTenths * kTenth || number->nano > kMostSigmaTenths * kTenth)
    return members.refuse("sigma", "a number from 1 to 10 as text is needed, like \"2.5\", with at most one decimal place");
  tenths = static_cast<int>(number->nano / kTenth);
}

nlohmann::ordered_json price_text(std::int64_t per_token) { return Money{per_token * kPerMillion}.to_text(); }

}  // namespace

OwnSettings own_settings_of(const Members& document, Problems& problems) {
  OwnSettings own;
  Members members = document;
  members.flag("document_only", own.document_only);
  members.flag("exact_stream_usage", own.exact_stream_usage);
  if (const Json* anomalies = members.find("anomalies")) {
    Members inner{*anomalies, "anomalies", problems, {"sigma"}};
    take_sigma(inner, own.anomaly_sigma_tenths);
  }
  if (const Json* retention = members.find("retention")) {
    Members inner{*retention, "retention", problems, {"row_days", "rollup_days"}};
    inner.number("row_days", own.retention.row_days, 0, kMaxDays);
    inner.number("rollup_days", own.retention.rollup_days, 0, kMaxDays);
  }
  members.list("providers", kMaxProviders, [&](const Json& one, const std::string& at) { own.providers.push_back(provider_of(one, at, problems)); });
  members.list("models", kMaxOwnModels, [&](const Json& one, const std::string& at) { own.models.push_back(model_of(one, at, problems)); });
  members.list("prices", kMaxOwnPrices, [&](const Json& one, const std::string& at) { own.prices.push_back(price_of(one, at, problems)); });
  return own;
}

void check_own_settings(const OwnSettings& own, const Registry& registry, Problems& problems) {
  const auto refuse = [&](const char* list, std::size_t i, const char* field, const char* reason) {
    problems.push_back({{}, std::string{list} + '[' + std::to_string(i) + "]." + field, reason});
  };
  const auto known = [&](const std::string& name) { return registry.by_name.find(name) != registry.by_name.end(); };
  constexpr const char* kUnknown = "this instance knows no such provider";
  constexpr const char* kTwice = "another one has this name already";
  std::set<std::string> providers, models, prices;
  for (std::size_t i = 0; i < own.providers.size(); ++i) {
    const OwnProvider& p = own.providers[i];
    if (!known(p.name)) refuse("providers", i, "name", kUnknown);
    if (!providers.insert(p.name).second) refuse("providers", i, "name", kTwice);
    if (p.credential.empty() && p.base_url.empty()) refuse("providers", i, "name", "has neither credential nor base_url");
    if (const char* reason = p.credential.empty() ? nullptr : check_reference(p.credential)) refuse("providers", i, "credential", reason);
    if (const auto url = parse_url(p.base_url); !p.base_url.empty() && !url) refuse("providers", i, "base_url", url.error().what);
  }
  for (std::size_t i = 0; i < own.models.size(); ++i) {
    if (!known(own.models[i].provider)) refuse("models", i, "provider", kUnknown);
    if (!models.insert(own.models[i].name).second) refuse("models", i, "name", kTwice);
    if (own.models[i].name.empty()) refuse("models", i, "name", "is needed");
  }
  for (std::size_t i = 0; i < own.prices.size(); ++i) {
    if (!known(own.prices[i].provider)) refuse("prices", i, "provider", kUnknown);
    if (own.prices[i].model.empty()) refuse("prices", i, "model", "is needed");
    if (!prices.insert(own.prices[i].provider + '/' + own.prices[i].model).second) refuse("prices", i, "model", "has a price already");
  }
}

void write_own_settings(nlohmann::ordered_json& out, const OwnSettings& own) {
  const OwnSettings usual;
  if (own.document_only) out["document_only"] = true;
  if (own.exact_stream_usage) out["exact_stream_usage"] = true;
  if (own.anomaly_sigma_tenths != usual.anomaly_sigma_tenths)
    out["anomalies"]["sigma"] = NanoMoney{own.anomaly_sigma_tenths * (NanoMoney::kPerDollar / 10)}.to_text();
  if (own.retention != usual.retention) out["retention"] = {{"row_days", own.retention.row_days}, {"rollup_days", own.retention.rollup_days}};
  for (const OwnProvider& p : own.providers) {
    auto& one = out["providers"].emplace_back(nlohmann::ordered_json{{"name", p.name}});
    if (!p.credential.empty()) one["credential"] = p.credential;
    if (!p.base_url.empty()) one["base_url"] = p.base_url;
  }
  for (const OwnModel& m : own.models) out["models"].push_back({{"name", m.name}, {"provider", m.provider}});
  for (const PriceOverride& p : own.prices) {
    auto& one = out["prices"].emplace_back(nlohmann::ordered_json{{"provider", p.provider}, {"model", p.model}});
    one["input"] = price_text(p.input), one["output"] = price_text(p.output);
    if (p.cached) one["cached"] = price_text(*p.cached);
    if (p.cache_write) one["cache_write"] = price_text(*p.cache_write);
  }
}

OwnSettings read_own_settings(std::string_view json) {
  const Json document = Json::parse(json, nullptr, false);
  if (!document.is_object()) return {};
  Problems ignored;
  Json ours = Json::object();
  for (const std::string_view name : kOwnMembers)
    if (const auto at = document.find(name); at != document.end()) ours[std::string{name}] = *at;
  return own_settings_of(
      Members{ours, "", ignored, {"document_only", "exact_stream_usage", "anomalies", "retention", "providers", "models", "prices"}}, ignored);
}

std::string with_own_settings(std::string_view json, const OwnSettings& own) {
  auto document = nlohmann::ordered_json::parse(json, nullptr, false);
  if (!document.is_object()) document = nlohmann::ordered_json::object();
  auto out = nlohmann::ordered_json::object();  // in write_control's order
  if (const auto zone = document.find("time_zone"); zone != document.end()) out["time_zone"] = *zone;
  write_own_settings(out, own);
  for (const auto& [name, value] : document.items())
    if (name != "time_zone" && std::find(std::begin(kOwnMembers), std::end(kOwnMembers), name) == std::end(kOwnMembers)) out[name] = value;
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace lectr::config
