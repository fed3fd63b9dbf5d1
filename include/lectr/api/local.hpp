// The API's endpoints within one process, without a listener: for subcommands that work on a store directly. The same functions answer, so that both
// ways say and refuse the same.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lectr/api/replayed_states.hpp"
#include "lectr/config/control.hpp"
#include "lectr/config/snapshot.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::api {

// Whoever may open the store may do everything in it, so the caller is an admin of `org`, with an API token's rights.
struct LocalCaller {
  OrgId org = 0;
  std::string name; /* what versions and notes name */
};
struct LocalOptions {
  store::Stores* stores = nullptr; /* outlives the calls */
  LocalCaller caller;
  // Registry, prices and rules that answers go by; asked only by those that need them.
  std::function<std::shared_ptr<const config::Snapshot>()> snapshot;
  std::function<bool(const std::string& reference)> credential_allowed; /* as in ServerOptions */
  std::function<bool(const std::string& reference)> alert_reference_allowed;
  bool alerts_can_mail = false;
  std::function<std::unique_ptr<StatesReplay>(OrgId, const config::Control&, const std::vector<store::KeyRow>& keys, std::int64_t from_us)>
      replay_states; /* as in ServerOptions */
};
struct LocalAnswer {
  unsigned status = 500;
  std::string body; /* JSON; empty for 204 */
};
// `method` is GET, POST, PUT, PATCH or DELETE; `target` a path with its query, like "/api/v1/control?x=y". What an endpoint of a running gateway would need
// (live values, streams, passwords) answers 404. Blocks on the store.
LocalAnswer answer_locally(const LocalOptions& options, std::string_view method, std::string_view target, std::string body);

}  // namespace lectr::api
