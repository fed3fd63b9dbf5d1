#include "lectr/policy/authenticate.hpp"

namespace lectr::policy {

Result<Caller> authenticate(const config::Snapshot& snapshot, const config::Digest& digest) noexcept {
  const auto key = snapshot.keys.find(digest);
  if (key == snapshot.keys.end()) return Error{Code::invalid_lectr_key, Fault::client, Again::no, "no org key in force has this digest"};
  const auto org = snapshot.orgs.find(key->second.org);
  if (org == snapshot.orgs.end()) return Error{Code::invalid_lectr_key, Fault::client, Again::no, "the key's org is gone"};
  if (!org->second.enabled) return Error{Code::org_disabled, Fault::client, Again::no, "the key's org is switched off"};
  return Caller{&org->second, key->second.id};
}

}  // namespace lectr::policy
