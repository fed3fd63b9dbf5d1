// Alerts' one door to libcurl: letters out, outcomes back. Thread-safe; nothing is kept between calls.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/alerts/bodies.hpp"
#include "app/alerts/outcome.hpp"
#include "lectr/base/secret.hpp"
#include "lectr/config/settings.hpp"

namespace lectr::app::alerts {

// One message to one receiver.
struct Letter {
  config::ChannelType type = config::ChannelType::webhook;
  std::string url;          // webhook, slack: checked by config::check_alert_url
  std::string body;         // as webhook_body, slack_body, mail_of made it
  std::string signature;    // webhook; empty: unsigned
  MailAddresses addresses;  // email
};

class Sender {
 public:
  // `smtp.password_reference` is looked up for every e-mail, so that a changed file counts.
  Sender(config::Smtp smtp, std::string ca_file, std::function<Secret(const std::string&)> resolve);

  // All at once, each for at most 10 s. Blocks until every one has its outcome, in the order of the letters; when `ending` says so, those under way
  // have two seconds more.
  std::vector<Outcome> send(const std::vector<Letter>& letters, const std::function<bool()>& ending) const;
  bool can_mail() const noexcept { return !smtp_.url.empty(); }
  const std::string& mail_from() const noexcept { return smtp_.from; }

 private:
  config::Smtp smtp_;
  std::string ca_file_;
  std::function<Secret(const std::string&)> resolve_;
};

}  // namespace lectr::app::alerts
