// The outbox of alerts, and the secrets that Lectr made for webhooks. ControlStore::add_control_event fills it in the transaction that writes the
// event. Calls block: store and API threads only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lectr/base/ids.hpp"
#include "lectr/base/result.hpp"
#include "lectr/base/secret.hpp"
#include "lectr/store/control_event.hpp"

namespace lectr::store {

enum class DeliveryState : std::uint8_t { pending, sent, dead };
constexpr const char* to_text(DeliveryState state) noexcept {
  return state == DeliveryState::pending ? "pending" : state == DeliveryState::sent ? "sent" : "dead";
}

struct DeliveryRow {
  std::int64_t id = 0;
  OrgId org = 0;
  std::string channel;
  DeliveryState state = DeliveryState::pending;
  int attempts = 0;
  std::int64_t created_at_us = 0, next_at_us = 0, changed_at_us = 0; /* next: of a pending one */
  int status = 0;                                                    /* of the last answer; 0: there was none */
  std::string result;                                                /* of the last attempt, in our words */
  ControlEventRow event;
};
struct DeliveryFilter {
  std::optional<DeliveryState> state;
  std::string channel;                /* empty: all */
  std::optional<std::int64_t> event;  /* an id: what is owed because of it */
  std::optional<std::int64_t> before; /* an id */
};
// What an attempt came to.
struct Attempted {
  DeliveryState state = DeliveryState::pending;
  std::int64_t at_us = 0, next_at_us = 0;
  int status = 0;
  std::string result;
};

class AlertStore {
 public:
  virtual ~AlertStore() = default;
  // Takes what is due at `now_us` and gives it to nobody else before `until_us`; counts an attempt for each. `claim` is new for every call.
  virtual Result<std::vector<DeliveryRow>> take_due(std::string_view claim, std::int64_t now_us, std::int64_t until_us, std::size_t limit) = 0;
  // Writes down what came of it. What was sent is sent; of anything else only who has the claim may tell.
  virtual Result<void> settle(std::int64_t delivery, std::string_view claim, const Attempted& outcome) = 0;
  virtual Result<std::vector<DeliveryRow>> deliveries(OrgId org, const DeliveryFilter& filter, std::size_t limit) = 0;  // newest first
  virtual Result<void> retry(OrgId org, std::int64_t delivery, std::int64_t now_us) = 0;  // from the start; conflict: it is not dead

  virtual Result<Secret> secret(OrgId org, std::string_view channel) = 0;                                               // not_found: there is none
  virtual Result<std::map<std::string, std::int64_t>> secrets_made(OrgId org) = 0;                                      // channel -> when
  virtual Result<void> set_secret(OrgId org, std::string_view channel, const Secret& secret, std::int64_t now_us) = 0;  // in place of an earlier one
};

}  // namespace lectr::store
