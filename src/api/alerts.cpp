// Alerts: what was sent to whom, the channels as they stand, a test of one, and what webhooks are signed with. The channels themselves are part of
// the control state (control.cpp).
#include <algorithm>

#include "api/alert_channels.hpp"
#include "api/answers.hpp"
#include "api/endpoints.hpp"
#include "api/params.hpp"
#include "lectr/base/time_text.hpp"

namespace lectr::api {
namespace {

constexpr std::int64_t kMostRows = 100;
constexpr store::DeliveryState kStates[] = {store::DeliveryState::pending, store::DeliveryState::sent, store::DeliveryState::dead};

std::optional<Problem> take_state(const Query& query, std::optional<store::DeliveryState>& out) {
  const std::string* text = query.find("state");
  if (!text) return {};
  for (const auto state : kStates)
    if (*text == store::to_text(state)) {
      out = state;
      return {};
    }
  return bad_parameter("state", "must be pending, sent or dead");
}

Json row_of(const Call& call, const store::DeliveryRow& row) {
  const bool pending = row.state == store::DeliveryState::pending;
  const Json title = call.context.alert_title ? Json(call.context.alert_title(row.event)) : Json(row.event.name);
  return {
      {"id", row.id},
      {"event", {{"id", row.event.id}, {"kind", row.event.kind}, {"name", row.event.name}, {"title", title}, {"at", to_rfc3339(row.event.at_us)}}},
      {"channel", row.channel},
      {"state", store::to_text(row.state)},
      {"attempts", row.attempts},
      {"next_attempt_at", pending ? Json(to_rfc3339(row.next_at_us)) : Json(nullptr)},
      {"status", row.status == 0 ? Json(nullptr) : Json(row.status)},
      {"result", text_or_null(row.result)},
      {"created_at", to_rfc3339(row.created_at_us)},
      {"changed_at", to_rfc3339(row.changed_at_us)}};
}

// The channels of the newest control state, which is what the next alert goes by.
Result<std::vector<config::Channel>> channels_of(const Call& call) {
  const auto state = call.own.control_state();
  if (state) return config::read_channels(state->document);
  if (state.error().code == Code::not_found) return std::vector<config::Channel>{};
  return state.error();
}

Json channel_row(const Call& call, const config::Channel& channel, const std::map<std::string, std::int64_t>& made) {
  const auto secret = made.find(channel.name);
  const bool webhook = channel.type == config::ChannelType::webhook, generated = secret != made.end();
  const char* const signed_by = !channel.secret.empty() ? "reference" : generated ? "generated" : "none";
  const auto problem = channel_problem(call.context, channel);
  return {{"name", channel.name},
          {"type", config::to_text(channel.type)},
          {"enabled", channel.enabled},
          {"signed_by", webhook ? Json(signed_by) : Json(nullptr)},
          {"secret_made_at", webhook && generated ? Json(to_rfc3339(secret->second)) : Json(nullptr)},
          {"problem", problem ? Json(problem->reason) : Json(nullptr)}};
}

// One at a time in a process: each holds a thread of the store for as long as its receiver is silent.
class OneTest {
 public:
  explicit OneTest(std::atomic<int>& running) : running_{running}, first_{running.fetch_add(1) == 0} {}
  ~OneTest() { running_.fetch_sub(1); }
  OneTest(const OneTest&) = delete;
  bool may() const noexcept { return first_; }

 private:
  std::atomic<int>& running_;
  const bool first_;
};

}  // namespace

Reply get_alerts(const Call& call) {
  std::optional<std::int64_t> limit;
  store::DeliveryFilter filter;
  std::optional<std::string> channel;
  if (auto problem = take_number(call.query(), "limit", 1, kMostRows, limit)) return Reply::problem(*problem);
  if (auto problem = take_number(call.query(), "before", 1, INT64_MAX, filter.before)) return Reply::problem(*problem);
  if (auto problem = take_state(call.query(), filter.state)) return Reply::problem(*problem);
  if (auto problem = take_text(call.query(), "channel", channel)) return Reply::problem(*problem);
  filter.channel = channel.value_or("");
  const auto wanted = static_cast<std::size_t>(limit.value_or(50));
  const auto found = call.own.deliveries(filter, wanted + 1);
  if (!found) return Reply::problem(found.error());
  Json rows = Json::array();
  for (std::size_t i = 0; i < std::min(wanted, found->size()); ++i) rows.push_back(row_of(call, (*found)[i]));
  const Json next = found->size() > wanted ? Json((*found)[wanted - 1].id) : Json(nullptr);
  return Reply::json(200, dump({{"rows", std::move(rows)}, {"next", next}}));
}

Reply get_alert_channels(const Call& call) {
  const auto channels = channels_of(call);
  if (!channels) return Reply::problem(channels.error());
  const auto made = call.own.alert_secrets_made();
  if (!made) return Reply::problem(made.error());
  Json rows = Json::array();
  for (const auto& channel : *channels) rows.push_back(channel_row(call, channel, *made));
  return Reply::json(200, dump({{"can_mail", call.context.alerts_can_mail}, {"rows", std::move(rows)}}));
}

Reply post_alert_test(const Call& call) {
  static constexpr std::string_view kMembers[] = {"channel"};
  const auto body = parse_object(call.request, kMembers);
  if (!body) return Reply::problem(body.error());
  const auto channel = need_text(body->object, "channel", config::kMaxControlName);
  if (!channel) return Reply::problem(channel.error());
  const OneTest test{call.context.alert_tests};
  if (!test.may()) return Reply::problem(Problem{429, "busy", "another test is under way", {}, 1});
  if (!call.context.test_alert) return Reply::problem(Problem{503, "unavailable", "this process sends no alerts", {}});
  const auto tested = call.context.test_alert(call.caller.org, *channel, call.caller.name);
  if (!tested) return Reply::problem(tested.error());
  const Json status = tested->status == 0 ? Json(nullptr) : Json(tested->status);
  return Reply::json(200, dump({{"sent", tested->sent}, {"status", status}, {"result", tested->words}}));
}

Reply post_alert_retry(const Call& call) {
  const auto id = path_id(path_part(call.request.path, 1));
  if (!id) return Reply::problem(id.error());
  const auto done = call.own.retry_delivery(*id, call.now_us());
  return done ? Reply::empty() : Reply::problem(done.error());
}

Reply post_alert_secret(const Call& call) {
  const std::string name = path_part(call.request.path, 2);
  const auto channels = channels_of(call);
  if (!channels) return Reply::problem(channels.error());
  const auto channel = std::find_if(channels->begin(), channels->end(), [&](const auto& one) { return one.name == name; });
  if (channel == channels->end()) return Reply::problem(Problem{404, "not_found", "there is no such channel", {}});
  if (channel->type != config::ChannelType::webhook) return Reply::problem(Problem{409, "conflict", "only webhooks are signed", {}});
  if (!channel->secret.empty())
    return Reply::problem(Problem{409, "conflict", "the channel names its secret as a reference, which comes first: take that away before", {}});
  const std::string secret = new_secret("lws_");
  const auto done = call.own.set_alert_secret(name, Secret{secret}, call.now_us());
  return done ? Reply::json(201, dump({{"channel", name}, {"secret", secret}})) : Reply::problem(done.error());
}

}  // namespace lectr::api
