// What an org sets for itself: where credentials lie, its own addresses of providers, its own prices. All take effect at once.
#include <algorithm>

#include "api/answers.hpp"
#include "api/control_edit.hpp"
#include "api/endpoints.hpp"
#include "api/org_json.hpp"
#include "api/params.hpp"
#include "lectr/base/text.hpp"
#include "lectr/config/control.hpp"
#include "lectr/config/snapshot.hpp"

namespace lectr::api {
namespace {

constexpr std::size_t kMaxReference = 400, kMaxUrl = 400;
constexpr std::int64_t kPerMillion = 1'000'000;

Problem bad_field(const char* field, const char* message) { return {400, "invalid_field", message, field}; }

// The provider that the path names, which must be one of the registry.
Parsed<std::string> known_provider(const Call& call, const std::string& name, const char* field) {
  const auto providers = call.context.providers ? call.context.providers() : std::vector<ProviderInfo>{};
  if (std::any_of(providers.begin(), providers.end(), [&](const auto& p) { return p.name == name; })) return name;
  return Problem{400, "invalid_parameter", "there is no such provider", field};
}
Parsed<std::string> path_provider(const Call& call) { return known_provider(call, path_part(call.request.path, 2), "provider"); }

// Dollars per million tokens to 1e-15 USD per token; at most nine decimal places are exact in both.
Parsed<std::optional<std::int64_t>> take_price(const Json& object, const char* name, bool needed) {
  const auto given = object.find(name);
  if (given == object.end() || given->is_null()) {
    if (needed) return bad_field(name, "dollars per million tokens are needed, as text");
    return std::optional<std::int64_t>{};
  }
  const auto money = given->is_string() ? Money::parse(given->get_ref<const std::string&>()) : std::nullopt;
  if (!money || money->femto < 0 || money->femto % kPerMillion != 0)
    return bad_field(name, "not dollars per million tokens as text, with at most nine decimal places (write \"0.15\")");
  return std::optional{money->femto / kPerMillion};
}

Parsed<config::PriceOverride> parse_price(const Call& call) {
  static constexpr std::string_view kMembers[] = {"provider", "model", "input", "output", "cached", "cache_write"};
  const auto body = parse_object(call.request, kMembers);
  if (!body) return body.error();
  const Json& object = body->object;
  const auto provider = need_text(object, "provider", kMaxProvider);
  if (!provider) return provider.error();
  const auto known_one = known_provider(call, *provider, "provider");
  if (!known_one) return bad_field("provider", "there is no such provider");
  const auto model = need_text(object, "model", kMaxModel);
  if (!model) return model.error();
  const auto input = take_price(object, "input", true), output = take_price(object, "output", true);
  const auto cached = take_price(object, "cached", false), cache_write = take_price(object, "cache_write", false);
  for (const auto* price : {&input, &output, &cached, &cache_write})
    if (!*price) return price->error();
  return config::PriceOverride{lower(*provider), lower(*model), **input, **output, *cached, *cache_write};
}

Json price_text(const std::optional<std::int64_t>& per_token) { return per_token ? Json(money_text(*per_token * kPerMillion)) : Json(nullptr); }

Json to_json(const config::PriceOverride& p) {
  return {{"provider", p.provider},         {"model", p.model},
          {"input", price_text(p.input)},   {"output", price_text(p.output)},
          {"cached", price_text(p.cached)}, {"cache_write", price_text(p.cache_write)}};
}

bool same_model(const config::PriceOverride& a, const config::PriceOverride& b) { return a.provider == b.provider && a.model == b.model; }

constexpr Error kNotThere{Code::not_found, Fault::client, Again::no, "there is no such setting"};

// Changes what the org has set, which makes the next version of its control state. The proxy is told, and nothing is left to say.
Reply change_settings(const Call& call, std::string note, const std::function<Result<void>(config::OwnSettings&)>& edit) {
  if (auto problem = no_hand_edits(call)) return Reply::problem(*problem);
  const auto done = call.own.edit_settings(author_of(call, std::move(note)), edit);
  if (!done) return Reply::problem(done.error());
  call.context.changed();
  return Reply::empty();
}

// What the org has of a provider, whose `member` becomes `value`; nothing: it is taken away.
Reply change_provider(const Call& call, const std::string& name, std::string config::OwnProvider::*member, const std::optional<std::string>& value) {
  const bool credential = member == &config::OwnProvider::credential;
  return change_settings(call, (credential ? "credential of " : "base URL of ") + name, [&](config::OwnSettings& own) -> Result<void> {
    auto at = std::find_if(own.providers.begin(), own.providers.end(), [&](const auto& p) { return p.name == name; });
    if (!value && (at == own.providers.end() || (*at.*member).empty())) return kNotThere;
    if (at == own.providers.end()) at = own.providers.insert(at, {.name = name});
    *at.*member = value.value_or("");
    std::erase_if(own.providers, [](const auto& p) { return p.credential.empty() && p.base_url.empty(); });
    return {};
  });
}

}  // namespace

Reply get_settings(const Call& call) {
  const auto org = call.own.org();
  if (!org) return Reply::problem(org.error());
  Json credentials = Json::array(), base_urls = Json::array(), prices = Json::array();
  for (const auto& [provider, reference] : org->credential_refs)
    credentials.push_back(
        {{"provider", provider}, {"reference", reference}, {"found", call.context.credential_found && call.context.credential_found(reference)}});
  for (const auto& [provider, base_url] : org->base_urls) base_urls.push_back({{"provider", provider}, {"base_url", base_url}});
  for (const auto& price : org->prices) prices.push_back(to_json(price));
  return Reply::json(200, dump({{"credentials", std::move(credentials)},
                                {"base_urls", std::move(base_urls)},
                                {"price_overrides", std::move(prices)},
                                {"retention", retention_of(*org)},
                                {"exact_stream_usage", org->exact_stream_usage}}));
}

Reply put_credential(const Call& call) {
  static constexpr std::string_view kMembers[] = {"reference"};
  const auto provider = path_provider(call);
  if (!provider) return Reply::problem(provider.error());
  const auto body = parse_object(call.request, kMembers);
  if (!body) return Reply::problem(body.error());
  const auto reference = need_text(body->object, "reference", kMaxReference);
  if (!reference) return Reply::problem(reference.error());
  // Anything but a reference may be the credential itself, which must not get into the store.
  if (const char* reason = config::check_reference(*reference)) return Reply::problem(bad_field("reference", reason));
  if (call.context.credential_allowed && !call.context.credential_allowed(*reference))
    return Reply::problem(Problem{400, "invalid_field", std::string{kForbiddenCredential}, "reference"});
  return change_provider(call, *provider, &config::OwnProvider::credential, *reference);
}

Reply delete_credential(const Call& call) {
  const auto provider = path_provider(call);
  return provider ? change_provider(call, *provider, &config::OwnProvider::credential, {}) : Reply::problem(provider.error());
}

Reply put_base_url(const Call& call) {
  static constexpr std::string_view kMembers[] = {"base_url"};
  const auto provider = path_provider(call);
  if (!provider) return Reply::problem(provider.error());
  const auto body = parse_object(call.request, kMembers);
  if (!body) return Reply::problem(body.error());
  const auto base_url = need_text(body->object, "base_url", kMaxUrl);
  if (!base_url) return Reply::problem(base_url.error());
  // Any host is allowed, also one of this network: pointing at a private model server is what this is for, and why it takes an admin.
  if (const auto url = config::parse_url(*base_url); !url) return Reply::problem(bad_field("base_url", url.error().what));
  return change_provider(call, *provider, &config::OwnProvider::base_url, *base_url);
}

Reply delete_base_url(const Call& call) {
  const auto provider = path_provider(call);
  return provider ? change_provider(call, *provider, &config::OwnProvider::base_url, {}) : Reply::problem(provider.error());
}

Reply put_price(const Call& call) {
  const auto price = parse_price(call);
  if (!price) return Reply::problem(price.error());
  return change_settings(call, "price of " + price->model, [&](config::OwnSettings& own) -> Result<void> {
    const auto at = std::find_if(own.prices.begin(), own.prices.end(), [&](const auto& p) { return same_model(p, *price); });
    if (at != own.prices.end()) return void(*at = *price), Result<void>{};
    if (own.prices.size() >= config::kMaxOwnPrices) return Error{Code::conflict, Fault::client, Again::no, "there are 1000 price overrides already"};
    own.prices.push_back(*price);
    return {};
  });
}

Reply delete_price(const Call& call) {
  const auto *provider = call.query().find("provider"), *model = call.query().find("model");
  if (!provider) return Reply::problem(bad_parameter("provider", "is needed"));
  if (!model) return Reply::problem(bad_parameter("model", "is needed"));
  std::optional<std::string> unused;
  for (const char* name : {"provider", "model"})
    if (auto problem = take_text(call.query(), name, unused)) return Reply::problem(*problem);
  const config::PriceOverride gone{.provider = lower(*provider), .model = lower(*model)};
  return change_settings(call, "price of " + gone.model, [&](config::OwnSettings& own) -> Result<void> {
    if (std::erase_if(own.prices, [&](const auto& p) { return same_model(p, gone); }) == 0) return kNotThere;
    return {};
  });
}

}  // namespace lectr::api
