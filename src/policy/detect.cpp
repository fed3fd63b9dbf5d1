#include "lectr/policy/detect.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "lectr/base/event.hpp"
#include "lectr/base/glob.hpp"
#include "lectr/base/text.hpp"
#include "policy/key_owner.hpp"

namespace lectr::policy {
namespace {

using config::Provider;
using config::ProviderIndex;
using config::Registry;
using wire::PathOwner;
using Found = std::optional<ProviderIndex>;

Error refuse(Code code, const char* what) noexcept { return Error{code, Fault::client, Again::no, what}; }

bool usable(const Registry& r, const DetectQuery& q, ProviderIndex at) noexcept {
  return !r.providers[at].base.host.empty() || std::find(q.own_bases.begin(), q.own_bases.end(), at) != q.own_bases.end();
}
bool configured(const Registry& r, const DetectQuery& q, Found at) noexcept { return at && usable(r, q, *at); }

Result<Detection> chosen(const Registry& r, const DetectQuery& q, ProviderIndex at, DetectedBy by) noexcept {
  if (usable(r, q, at)) return Detection{at, by};
  if (r.azure == at)
    return refuse(Code::azure_config_missing, "Azure has no base URL: set one in the org's settings, or LECTR_PROVIDER_AZURE_BASE_URL");
  return refuse(Code::invalid_provider, "the provider has no base URL configured");
}

// Lower case copy of a model's or provider's name, without Gemini's "models/". Longer names than a row can hold are in no list.
class LowerName {
 public:
  explicit LowerName(std::string_view text) noexcept {
    if (istarts_with(text, "models/")) text.remove_prefix(7);
    if (text.size() > buffer_.size()) return;
    std::transform(text.begin(), text.end(), buffer_.begin(), ascii_lower);
    size_ = text.size();
  }
  std::string_view view() const noexcept { return {buffer_.data(), size_}; }

 private:
  std::array<char, kMaxModel> buffer_;
  std::size_t size_ = 0;
};

struct GlobHits {
  Found first;
  int literals = -1;
  bool wanted = false;
};  // of the most specific patterns: the first provider, and whether `want` is among them

void scan_globs(const Registry& r, unsigned char bucket, std::string_view model, Found want, GlobHits& hits) noexcept {
  const char second = model.size() > 1 ? model[1] : '\0';
  for (std::size_t i = r.glob_start[bucket]; i < r.glob_start[bucket + 1u]; ++i) {
    const config::ModelGlob& glob = r.globs[i];
    const bool other = bucket != '*' && glob.text.size() > 1 && glob.text[1] != '*' && glob.text[1] != second;  // most are dismissed by it
    if (other || glob.literals < hits.literals || !glob_matches(glob.text, model)) continue;
    if (glob.literals > hits.literals) hits = {glob.provider, glob.literals, false};
    hits.wanted = hits.wanted || want == glob.provider;
  }
}

GlobHits best_globs(const Registry& r, std::string_view model, Found want) noexcept {
  GlobHits hits;
  const auto first = static_cast<unsigned char>(model.front());
  if (first < 128) scan_globs(r, first, model, want, hits);
  if (first != '*') scan_globs(r, '*', model, want, hits);
  return hits;
}

bool lists_exactly(const Provider& p, std::string_view model) noexcept {
  return std::find(p.models.begin(), p.models.end(), model) != p.models.end();
}

// Whose model this is; where several list it, the key's owner if it is one of them. `vendor/model` names are used by many, so there the key
// decides alone, but for OpenAI's, whose keys open no model of that form that somebody else is known to serve (gpt-oss).
Found by_model(const Registry& r, const DetectQuery& q, Found key_owner) noexcept {
  const LowerName lower{q.model};
  const std::string_view model = lower.view();
  if (model.empty()) return {};
  for (const config::ModelGlob& own : q.own_models)
    if (glob_matches(own.text, model)) return own.provider;
  const bool vendor_form = model.find('/') != model.npos;
  const auto exact = r.by_model.find(model);
  const Found listed = exact == r.by_model.end() ? Found{} : Found{exact->second};
  if (listed && (!key_owner || key_owner == listed)) return listed;
  if (listed && lists_exactly(r.providers[*key_owner], model)) return key_owner;
  if (vendor_form && key_owner && *key_owner != r.fallback) return {};  // left to the key
  const GlobHits hits = best_globs(r, model, key_owner);
  if (hits.wanted) return key_owner;
  return listed ? listed : hits.first;
}

// /v1/messages is Anthropic's protocol, but others speak it too: theirs if the key says so, else if the model does.
ProviderIndex messages_path(const Registry& r, const DetectQuery& q, Found key_owner) noexcept {
  if (key_owner && r.providers[*key_owner].serves_messages) return *key_owner;
  if (!key_owner) {
    const Found model_owner = by_model(r, q, {});
    if (model_owner && r.providers[*model_owner].serves_messages) return *model_owner;
  }
  return r.anthropic.value_or(r.fallback);
}

// /openai/v1 is Groq's and Azure's. Groq's keys can't be mistaken, so any other credential there is Azure's.
ProviderIndex openai_v1_path(const Registry& r, const DetectQuery& q, Found key_owner) noexcept {
  if (key_owner && key_owner == r.groq) return *r.groq;
  if (q.credential_header == CredentialHeader::api_key || !q.credential.empty()) return r.azure.value_or(r.fallback);
  const Found model_owner = by_model(r, q, {});
  if (model_owner && model_owner == r.groq) return *r.groq;
  return configured(r, q, r.azure) ? *r.azure : r.groq.value_or(r.fallback);
}

// What the path alone says, or with the help of a header or the key where it collides.
Found by_path(const Registry& r, const DetectQuery& q, Found key_owner) noexcept {
  switch (q.endpoint ? q.endpoint->owner : PathOwner::unknown) {
    case PathOwner::azure_deployment: return r.azure;
    case PathOwner::gemini:
    case PathOwner::gemini_openai: return r.gemini;
    case PathOwner::anthropic: return messages_path(r, q, key_owner);
    case PathOwner::openai_v1: return openai_v1_path(r, q, key_owner);
    case PathOwner::shared:
    case PathOwner::unknown: break;
  }
  // GET /v1/models, /v1/files ...: everybody's path without a model; only Anthropic's clients send that header.
  if (q.anthropic_version && q.model.empty() && (!key_owner || r.providers[*key_owner].serves_messages)) return key_owner ? key_owner : r.anthropic;
  return {};
}

// A key without a telling prefix may still have come in a header that only one provider's clients use.
Found by_header_kind(const Registry& r, const DetectQuery& q) noexcept {
  switch (q.credential_header) {
    case CredentialHeader::x_api_key: return r.anthropic;
    case CredentialHeader::x_goog_api_key:
    case CredentialHeader::query_key: return r.gemini;
    case CredentialHeader::api_key: return configured(r, q, r.azure) ? r.azure : Found{};
    case CredentialHeader::none:
    case CredentialHeader::bearer: break;
  }
  return {};
}

Result<Detection> by_name(const Registry& r, const DetectQuery& q) noexcept {
  const LowerName lower{q.override_name};
  const auto found = lower.view().empty() ? r.by_name.end() : r.by_name.find(lower.view());
  if (found == r.by_name.end()) return refuse(Code::invalid_provider, "X-Lectr-Provider names no provider of the registry");
  return chosen(r, q, found->second, DetectedBy::header);
}

}  // namespace

Result<Detection> detect(const Registry& registry, const DetectQuery& query) noexcept {
  if (!query.override_name.empty()) return by_name(registry, query);
  const KeyOwner owner = key_owner(registry, query.credential);
  if (const Found at = by_path(registry, query, owner.certain)) return chosen(registry, query, *at, DetectedBy::path);
  if (const Found at = by_model(registry, query, owner.certain ? owner.certain : owner.likely))
    return chosen(registry, query, *at, DetectedBy::model);
  if (owner.certain) return chosen(registry, query, *owner.certain, DetectedBy::key);
  if (const Found at = by_header_kind(registry, query)) return chosen(registry, query, *at, DetectedBy::key);
  return chosen(registry, query, registry.fallback, DetectedBy::nothing);
}

}  // namespace lectr::policy
