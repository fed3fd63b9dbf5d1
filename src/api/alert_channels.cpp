#include "api/alert_channels.hpp"

#include "lectr/base/text.hpp"

namespace lectr::api {
namespace {

std::string at(std::size_t i) { return "alerts[" + std::to_string(i) + "]."; }

}  // namespace

config::Problems forbidden_references(const Context& context, const config::Control& control) {
  config::Problems out;
  if (!context.alert_reference_allowed) return out;
  for (std::size_t i = 0; i < control.alerts.size(); ++i)
    for (const auto& [name, text] : {std::pair{"url", &control.alerts[i].url}, std::pair{"secret", &control.alerts[i].secret}})
      if (config::is_reference(*text) && !context.alert_reference_allowed(*text))
        out.push_back(
            {{},
             at(i) + name,
             "name a variable that ends in _WEBHOOK_URL, _WEBHOOK_SECRET or _API_KEY, or a file in /run/secrets or in the state folder's secrets"});
  return out;
}

std::optional<config::Problem> channel_problem(const Context& context, const config::Channel& channel) {
  if (channel.type == config::ChannelType::email && !context.alerts_can_mail)
    return config::Problem{{}, "type", "no e-mail leaves: the daemon's settings name no mail server (smtp.url)"};
  for (const auto& [name, text] : {std::pair{"url", &channel.url}, std::pair{"secret", &channel.secret}})
    if (config::is_reference(*text) && context.credential_found && !context.credential_found(*text))
      return config::Problem{{}, name, "the variable or file that it names is not there or empty on this instance"};
  return {};
}

config::Problems channel_warnings(const Context& context, const config::Control& control, const std::map<std::string, std::int64_t>& signed_names) {
  config::Problems out;
  for (std::size_t i = 0; i < control.alerts.size(); ++i) {
    const config::Channel& channel = control.alerts[i];
    if (const auto problem = channel_problem(context, channel)) out.push_back({{}, at(i) + problem->field, problem->reason});
    if (channel.type == config::ChannelType::webhook && channel.secret.empty() && !signed_names.contains(channel.name))
      out.push_back({{}, at(i) + "secret", "deliveries are unsigned: the receiver can't tell who they are from"});
    if (istarts_with(channel.url, "http://")) out.push_back({{}, at(i) + "url", "plain http: messages can be read and changed on their way"});
  }
  return out;
}

}  // namespace lectr::api
