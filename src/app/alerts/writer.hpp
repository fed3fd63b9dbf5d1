// From a channel and a notice to a letter: looks up what references name, picks body and signature.
#pragma once

#include <functional>
#include <string>
#include <variant>

#include "app/alerts/sender.hpp"
#include "lectr/config/control.hpp"
#include "lectr/store/control_store.hpp"

namespace lectr::app::alerts {

struct References {
  std::function<bool(const std::string&)> allowed;    // whether an org may name it
  std::function<Secret(const std::string&)> resolve;  // empty: leads nowhere
};

class Writer {
 public:
  Writer(store::AlertStore& secrets, References references, std::string mail_from)
      : secrets_{secrets}, references_{std::move(references)}, mail_from_{std::move(mail_from)} {}

  // A letter, or why there is none. May block on the store.
  std::variant<Letter, Outcome> write(OrgId org, const config::Channel& channel, const Notice& notice, std::int64_t now_us) const;

 private:
  // What a channel's field holds or names; empty with `why` set.
  Secret look_up(const std::string& field, const char*& why) const;

  store::AlertStore& secrets_;
  References references_;
  std::string mail_from_;  // empty: no mail server is set
};

}  // namespace lectr::app::alerts
