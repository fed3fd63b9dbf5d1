#include "app/alerts/outbox.hpp"

#include <pthread.h>

#include <algorithm>

#include "lectr/base/clock.hpp"
#include "lectr/telemetry/log.hpp"

namespace lectr::app::alerts {
namespace {

using namespace std::chrono_literals;
constexpr auto kBetweenLooks = 1s;
constexpr std::size_t kAtOnce = 16;
constexpr std::int64_t kLeaseUs = 60'000'000;  // a batch takes at most 10 s and what the store takes

const config::Channel* named(const std::vector<config::Channel>& channels, std::string_view name) {
  const auto found = std::find_if(channels.begin(), channels.end(), [&](const config::Channel& c) { return c.name == name; });
  return found == channels.end() ? nullptr : &*found;
}

void tell_log(const store::DeliveryRow& delivery, const store::Attempted& outcome) {
  if (outcome.state != store::DeliveryState::dead) return;
  log::warn("org " + std::to_string(delivery.org) + ": alert " + std::to_string(delivery.id) + " could not be delivered, after " +
            std::to_string(delivery.attempts) + " attempts: " + outcome.result);
}

}  // namespace

void Outbox::start() {
  thread_ = std::thread{[this] { run(); }};
  ::pthread_setname_np(thread_.native_handle(), "alerts");
}

void Outbox::stop() {
  {
    const std::lock_guard hold{mutex_};
    ending_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Outbox::run() {
  do {
    while (!ending() && deliver_due()) continue;  // ends: what was tried is due later
  } while (sleep(kBetweenLooks));
}

bool Outbox::deliver_due() {
  const std::int64_t now_us = unix_us();
  const std::string claim = ids_.next(now_us / 1000).to_text();
  const auto due = stores_.alerts->take_due(claim, now_us, now_us + kLeaseUs, kAtOnce);
  if (!due || due->empty()) return false;  // a store that is away has logged it
  std::map<OrgId, Result<Of>> orgs;
  std::vector<Outcome> outcomes(due->size());
  std::vector<Letter> letters;
  std::vector<std::size_t> places;  // of the letters among the deliveries
  for (std::size_t i = 0; i < due->size(); ++i) {
    const store::DeliveryRow& delivery = (*due)[i];
    const auto at = orgs.find(delivery.org);
    const auto& org = at != orgs.end() ? at->second : orgs.emplace(delivery.org, look_at(delivery.org)).first->second;
    auto letter = letter_for(delivery, org);
    if (std::holds_alternative<Outcome>(letter)) {
      outcomes[i] = std::get<Outcome>(std::move(letter));
      continue;
    }
    letters.push_back(std::get<Letter>(std::move(letter)));
    places.push_back(i);
  }
  auto sent = sender_.send(letters, [this] { return ending(); });
  for (std::size_t i = 0; i < sent.size(); ++i) outcomes[places[i]] = std::move(sent[i]);
  for (std::size_t i = 0; i < due->size(); ++i) {
    const auto outcome = settled(outcomes[i], (*due)[i].attempts, unix_us());
    tell_log((*due)[i], outcome);
    (void)stores_.alerts->settle((*due)[i].id, claim, outcome);  // not taken: the claim runs out, and it is sent once more
  }
  return due->size() == kAtOnce;
}

Result<Outbox::Of> Outbox::look_at(OrgId id) const {
  const auto org = stores_.control->org(id);
  if (!org) return org.error();
  const auto state = stores_.control->control_state(id);
  if (!state && state.error().code != Code::not_found) return state.error();
  return Of{org->name, state ? config::read_channels(state->document) : std::vector<config::Channel>{}};
}

std::variant<Letter, Outcome> Outbox::letter_for(const store::DeliveryRow& delivery, const Result<Of>& org) const {
  if (delivery.attempts > kMostAttempts) return never("each attempt was broken off by an end of the gateway");
  if (!org) return again("the store did not say what the channel is");
  const config::Channel* channel = named(org->channels, delivery.channel);
  if (channel == nullptr) return never("there is no such channel any more");
  if (!channel->enabled) return never("the channel is off by now");
  Notice notice = notice_of(delivery.event, org->name, dashboard_url_);
  notice.id = std::to_string(delivery.created_at_us) + '-' + std::to_string(delivery.id);
  return writer_.write(delivery.org, *channel, notice, unix_us());
}

Result<Outcome> Outbox::test(OrgId id, const std::string& name, const std::string& actor) const {
  const auto org = look_at(id);
  if (!org) return org.error();
  const config::Channel* channel = named(org->channels, name);
  if (channel == nullptr) return Error{Code::not_found, Fault::client, Again::no, "there is no such channel"};
  const std::int64_t now_us = unix_us();
  Notice notice = test_notice(name, org->name, actor, dashboard_url_, now_us);
  notice.id = "test-" + UuidSource{}.next(now_us / 1000).to_text();
  auto letter = writer_.write(id, *channel, notice, now_us);
  if (std::holds_alternative<Outcome>(letter)) return std::get<Outcome>(std::move(letter));
  return sender_.send({std::get<Letter>(std::move(letter))}, [this] { return ending(); }).front();
}

bool Outbox::ending() const {
  const std::lock_guard hold{mutex_};
  return ending_;
}

bool Outbox::sleep(std::chrono::milliseconds time) {
  std::unique_lock hold{mutex_};
  return !wake_.wait_for(hold, time, [this] { return ending_; });
}

}  // namespace lectr::app::alerts
