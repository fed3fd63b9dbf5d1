// The built-in registry for tests, plain or with base URLs for the providers that have none.
#pragma once

#include "lectr/config/snapshot.hpp"

namespace lectr::policy::test {

inline const config::Registry& builtin() {
  static const config::Registry registry = config::build_registry({}).value();
  return registry;
}

inline const config::Registry& with_bases() {
  static const config::Registry registry = config::build_registry({{"azure", "https://res.openai.azure.com", {}, {}, {}},
                                                                   {"ollama", "http://127.0.0.1:11434", {}, {}, {}},
                                                                   {"vllm", "http://127.0.0.1:8000", {}, {}, {}},
                                                                   {"zhipu", "https://open.example/api/paas/v4", {}, {"glm-*"}, {"zk-", "gs"}}})
                                               .value();
  return registry;
}

inline const config::Provider& named(const config::Registry& r, std::string_view name) { return r.providers.at(r.by_name.find(name)->second); }

}  // namespace lectr::policy::test
