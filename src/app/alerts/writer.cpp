#include "app/alerts/writer.hpp"

namespace lectr::app::alerts {

Secret Writer::look_up(const std::string& field, const char*& why) const {
  if (!config::is_reference(field)) return Secret{field};
  if (!references_.allowed(field)) {
    why = "it names a variable or file that an org may not name";
    return {};
  }
  Secret found = references_.resolve(field);
  if (found.empty()) why = "the variable or file that it names is not there or empty";
  return found;
}

std::variant<Letter, Outcome> Writer::write(OrgId org, const config::Channel& channel, const Notice& notice, std::int64_t now_us) const {
  Letter letter{.type = channel.type};
  if (channel.type == config::ChannelType::email) {
    if (mail_from_.empty()) return again("no mail server is set (smtp.url in the daemon's settings)");
    letter.addresses = {mail_from_, channel.to};
    letter.body = mail_of(notice, letter.addresses);
    return letter;
  }
  const char* why = nullptr;
  const Secret url = look_up(channel.url, why);
  if (why != nullptr) return again(why);
  if (config::check_alert_url(url.reveal()) != nullptr) return again("what its reference leads to is no http or https URL");
  letter.url = url.reveal();
  if (channel.type == config::ChannelType::slack) {
    letter.body = slack_body(notice);
    return letter;
  }
  letter.body = webhook_body(notice);
  // A receiver that checks signatures must not get an unsigned message because a secret is not at hand: it waits.
  Secret secret;
  if (!channel.secret.empty()) {
    secret = look_up(channel.secret, why);
    if (why != nullptr) return again(why);
  } else if (auto made = secrets_.secret(org, channel.name)) {
    secret = std::move(*made);
  } else if (made.error().code != Code::not_found) {
    return again("the store did not say what it is signed with");
  }
  if (!secret.empty()) letter.signature = signature_of(secret.reveal(), letter.body, now_us / 1'000'000);
  return letter;
}

}  // namespace lectr::app::alerts
