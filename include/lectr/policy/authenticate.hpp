// Whose request this is. Pure; the caller has hashed the org key (SHA-256 of all its characters).
#pragma once

#include "lectr/base/result.hpp"
#include "lectr/config/snapshot.hpp"

namespace lectr::policy {

struct Caller {
  const config::Org* org = nullptr;
  KeyId key = 0;
};  // org lives as long as the snapshot

// invalid_lectr_key when no key in force has this digest (or its org is gone), org_disabled when its org is switched off. Digests are
// compared in constant time.
Result<Caller> authenticate(const config::Snapshot& snapshot, const config::Digest& digest) noexcept;

}  // namespace lectr::policy
