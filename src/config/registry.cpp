#include <algorithm>

#include "config/providers.hpp"
#include "lectr/base/event.hpp"
#include "lectr/base/text.hpp"
#include "lectr/config/snapshot.hpp"

namespace lectr::config {
namespace {

bool is_provider_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= kMaxProvider && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

// Azure's portal shows the endpoint without "/openai", and every Azure path begins with it: added when the operator's base lacks it.
void complete_azure(Url& base) {
  if (base.path.ends_with("/openai/v1")) base.path.resize(base.path.size() - 3);
  if (!base.path.ends_with("/openai")) base.path += "/openai";
}

Provider& provider_named(std::vector<Provider>& providers, const std::string& name) {
  const auto found = std::find_if(providers.begin(), providers.end(), [&](const Provider& p) { return p.name == name; });
  if (found != providers.end()) return *found;
  Provider custom;
  custom.name = name;
  custom.needs_base = true;
  custom.usage_when_asked = true;
  return providers.emplace_back(std::move(custom));
}

void apply(std::vector<Provider>& providers, const ProviderOverride& from, Problems& problems) {
  const std::string name = lower(from.name), field = "providers." + name;
  if (!is_provider_name(name)) {
    problems.push_back({"providers", "providers", "a name has 1 to 32 letters, digits, '-', '_' or '.'"});
    return;
  }
  Provider& p = provider_named(providers, name);
  if (!from.base_url.empty()) {
    auto url = parse_url(from.base_url);
    if (!url) {
      problems.push_back({"providers", field + ".base_url", url.error().what});
      return;
    }
    p.base = std::move(*url);
    if (name == "azure") complete_azure(p.base);
  }
  if (!from.ca_file.empty()) p.ca_file = from.ca_file;
  for (const std::string& prefix : from.key_prefixes) p.key_prefixes.push_back(prefix);
  p.preferred = p.preferred || !from.models.empty();
  for (const std::string& model : from.models) (model.find('*') == model.npos ? p.models : p.model_globs).push_back(lower(model));
}

}  // namespace

void Registry::index() {
  by_name.clear();
  by_model.clear();
  globs.clear();
  for (const bool preferred : {true, false})
    for (std::size_t i = 0; i < providers.size(); ++i)
      if (providers[i].preferred == preferred) index_one(static_cast<ProviderIndex>(i));
  std::erase_if(globs, [](const ModelGlob& g) { return g.text.empty() || static_cast<unsigned char>(g.text[0]) > 127; });
  std::stable_sort(globs.begin(), globs.end(), [](const ModelGlob& a, const ModelGlob& b) { return a.text[0] < b.text[0]; });
  for (std::size_t c = 0, at = 0; c < glob_start.size(); ++c) {
    while (at < globs.size() && static_cast<unsigned char>(globs[at].text[0]) < c) ++at;
    glob_start[c] = static_cast<std::uint16_t>(at);
  }
  const auto named = [this](const char* name) -> std::optional<ProviderIndex> {
    const auto found = by_name.find(std::string_view{name});
    return found == by_name.end() ? std::nullopt : std::optional{found->second};
  };
  fallback = named("openai").value_or(0);
  anthropic = named("anthropic");
  gemini = named("gemini");
  groq = named("groq");
  azure = named("azure");
}

void Registry::index_one(ProviderIndex at) {
  const Provider& p = providers[at];
  by_name.emplace(p.name, at);
  if (p.needs_base && p.base.host.empty()) return;  // nothing may be guessed to go where no base URL is known
  for (const std::string& model : p.models) by_model.emplace(model, at);
  for (const std::string& glob : p.model_globs)
    globs.push_back({glob, static_cast<std::uint16_t>(glob.size() - static_cast<std::size_t>(std::count(glob.begin(), glob.end(), '*'))), at});
}

boost::system::result<Registry, Problems> build_registry(const std::vector<ProviderOverride>& overrides) {
  Problems problems;
  Registry registry;
  registry.providers = builtin_providers();
  const std::size_t built_in = registry.providers.size();
  for (const ProviderOverride& from : overrides) apply(registry.providers, from, problems);
  for (std::size_t i = built_in; i < registry.providers.size(); ++i)
    if (registry.providers[i].base.host.empty() && problems.empty())
      problems.push_back(
          {"providers", "providers." + registry.providers[i].name + ".base_url", "missing: a provider that is not built in needs one"});
  if (!problems.empty()) return problems;
  registry.index();
  return registry;
}

}  // namespace lectr::config
