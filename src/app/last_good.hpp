// The control state as it was last read, on disk: a start without the store goes by it, so that an outage is never a 401. It holds digests and
// references, never a secret.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "lectr/store/control_store.hpp"

namespace lectr::app {

struct LastGood {
  store::Control control;
  std::map<OrgId, store::ControlStateRow> states;
};

// `database` tells installations apart, so that nobody starts with another's state. Written whole or not at all, readable by its owner only; what
// goes wrong is logged: the file is worth less than the daemon.
void save_last_good(const std::string& path, const std::string& database, const LastGood& state);
// Nothing when there is none, it is of another database, or it can't be read. Keys that have expired by `now_us` are left out.
std::optional<LastGood> load_last_good(const std::string& path, const std::string& database, std::int64_t now_us);

}  // namespace lectr::app
