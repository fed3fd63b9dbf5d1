// A change of what an org has set, whatever store it is in.
#include "lectr/base/clock.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::store {
namespace {

constexpr int kTries = 5;

Result<ControlStateRow> newest_or_none(ControlStore& store, OrgId org) {
  auto newest = store.control_state(org);
  if (!newest && newest.error().code == Code::not_found) return ControlStateRow{.org = org, .document = "{}"};
  return newest;
}

}  // namespace

Result<void> edit_own_settings(ControlStore& store, OrgId org, const Author& author, const std::function<Result<void>(config::OwnSettings&)>& edit) {
  for (int tries = kTries;; --tries) {
    const auto newest = newest_or_none(store, org);
    if (!newest) return newest.error();
    const config::OwnSettings before = config::read_own_settings(newest->document);
    config::OwnSettings after = before;
    if (const auto edited = edit(after); !edited) return edited;
    if (after == before) return {};
    const auto done = store.put_control_state({.org = org,
                                               .created_at_us = unix_us(),
                                               .actor = author.name,
                                               .via = author.via,
                                               .note = author.note,
                                               .document = config::with_own_settings(newest->document, after)},
                                              newest->version);
    if (done) return {};
    if (done.error().code != Code::conflict || tries == 1) return done.error();
  }
}

}  // namespace lectr::store
